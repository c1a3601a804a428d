"""The program the user sees; the only place with Qt."""
