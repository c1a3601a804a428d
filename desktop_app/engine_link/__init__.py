"""The window's link to the workers: the only place that starts a process. Nothing here ever waits."""
