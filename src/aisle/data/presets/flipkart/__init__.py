"""The Flipkart product file of Kaggle to the canonical table."""
