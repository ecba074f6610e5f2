"""Measurements on real data; each module is one command: python -m benchmarks.NAME."""
