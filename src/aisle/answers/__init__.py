"""From the panel's numbers to answers that people can follow."""
