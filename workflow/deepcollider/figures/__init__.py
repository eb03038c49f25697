"""Matplotlib figures: one function a kind of figure, one style sheet. Never computes what it shows."""
