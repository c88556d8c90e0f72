"""Benchmarks: what TRT costs, measured against running processes: footprint, webhook (beside its peers), dispatch."""
