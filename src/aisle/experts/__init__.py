"""Evidence in, log-probabilities over categories out. Each expert is useful alone."""
