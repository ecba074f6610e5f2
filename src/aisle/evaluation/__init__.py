"""Honest figures: how good a model is, and what text, picture and both are worth."""
