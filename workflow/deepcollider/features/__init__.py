"""Event arrays <-> network arrays, exactly invertible: logs, scalers, masks, per-part views. Knows no file, no training."""
