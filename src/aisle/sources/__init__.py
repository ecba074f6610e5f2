"""From products to what each expert looks at: one source an expert."""
