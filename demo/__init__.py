"""Makes the sample catalogue that the package carries: messy listings and drawn pictures."""
