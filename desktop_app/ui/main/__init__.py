"""The main window and what connects its pages, panels and dialogs with the work behind them."""
