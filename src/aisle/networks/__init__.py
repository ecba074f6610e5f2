"""Classic networks to compare with; only this room imports torch."""
