"""The API of the review desk."""
