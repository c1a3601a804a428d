"""Golden numbers, metrics and benchmarks."""
