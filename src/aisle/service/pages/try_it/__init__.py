"""The page on which people try the model."""
