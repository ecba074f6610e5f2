"""Content in, float32 vectors out. Encoders know nothing of categories."""
