"""Distances, validity, correlations and timing of generated events, each with its truth-against-truth floor."""
