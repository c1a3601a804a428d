"""What the window asks of the workers and in which order; no Qt, no files."""
