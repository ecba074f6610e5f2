"""The HTTP API: routes, what they take, and who may call them."""
