"""Tables, pictures and splits: from what a user has to products."""
