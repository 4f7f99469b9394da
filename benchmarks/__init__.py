"""Measure the figures of docs/benchmarks.md, each against a floor of the same run: ``python -m benchmarks``."""
