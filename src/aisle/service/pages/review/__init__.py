"""The page of the review desk."""
