"""Predictions of many products: record batches in, record batches out."""
