"""What coordinates catalogue, queue and workers behind the widgets: objects with signals, none of them a widget."""
