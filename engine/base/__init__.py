"""What every room of the engine shares: sizes, value ranges, errors, device, progress."""
