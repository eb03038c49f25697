"""When a generator counts as collapsed; apart from the networks, so that figures can show it without Keras."""

COLLAPSED = 0.1
"""Spread of a generated feature, in units of the true one, below which a generator makes all but one value of it."""
