"""The models that answer: in processes, a batch at a time."""
