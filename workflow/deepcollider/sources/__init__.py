"""Where events come from: Dark Machines CSV, Pythia 8 with the fast detector. Knows no model."""
