"""The numbers of DESIGN.md section 8, each beside a floor measured in the same run. ``python -m benchmarks.store``."""
