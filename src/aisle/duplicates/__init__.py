"""Near-duplicates: products whose words or main picture are nearly the same.

`signatures` turns a product into a small fixed record, `groups` groups all products of a table,
`index` finds the group of one product after the other.
"""
