"""aisle puts every product into the right category of a shop's own tree."""
