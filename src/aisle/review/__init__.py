"""Products that wait for a person: the queue, the leases on it, and what was decided.

`client` and `records` need the base install alone.
"""
