"""How each kind of product looks, one module a shelf of the shop."""
