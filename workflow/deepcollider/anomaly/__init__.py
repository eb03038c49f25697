"""Events that do not look like the background: scores of detectors, and how well they find signals."""
