"""Calibrated experts together: calibrations, pool, explanations."""
