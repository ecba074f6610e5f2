"""From products to what each expert looks at."""
