"""The model folder: what goes into it, and how it is written and read."""
