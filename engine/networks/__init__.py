"""One network architecture a file, each with its frozen Config."""
