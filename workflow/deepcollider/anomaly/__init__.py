"""Scores of events that do not look like the background. How well they find signals is for the metrics to say."""
