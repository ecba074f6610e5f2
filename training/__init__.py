"""Trains what the package ships: `python -m training.text`, `.image` and `.flipkart`."""
