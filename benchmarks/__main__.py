"""All measurements, one after the other."""

from __future__ import annotations

from importlib import import_module

NAMES = (
    "install",
    "encoders",
    "speed",
    "second_level",
    "unknown",
    "contradiction",
    "fit_names",
    "fit_time",
    "encoding",
    "laptop",
    "flipkart_1050",
    "flipkart_20000",
    "recipes",
    "review",
    "service",
    "many_categories",
    "promise",
)

for name in NAMES:
    import_module(f"benchmarks.{name}").main()
