"""What the report on the autoregressive mixture shows, and all studies that are made of systems with a likelihood."""


def study_tables():
    return [*anomaly_tables(), *mass_tables(), *amplification_tables()]


def study_figures():
    return [*anomaly_figures(), *amplification_figures()]
