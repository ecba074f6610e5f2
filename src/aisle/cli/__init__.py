"""The command line: parse, call one thing, show it."""

from aisle.cli.main import main

__all__ = ["main"]
