"""Benchmarks: what TRT costs, measured against running processes."""
