"""Experts that answer together: weights, the pool, and when to assign."""
