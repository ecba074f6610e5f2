"""Known data sets, turned into the table that `fit` reads without flags."""
