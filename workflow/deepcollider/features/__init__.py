"""Event arrays <-> network arrays, exactly invertible: logs, scalers, masks, parts. Knows no file, no training."""
