"""What an event is: object kinds and their order, units, acceptance cuts, validity. Knows no file and no model."""
