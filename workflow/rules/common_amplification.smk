"""Whose generated events are weighed against true ones."""


def amplification_experiment():
    """The experiment whose first setting, on its first process, generates the events; None if it is not run."""
    return EXPERIMENTS.get((config.get("amplification") or {}).get("experiment"))


def amplification_events():
    """Numbers of generated events, ascending, with the scale applied."""
    return sorted({scaled_events(n, config) for n in config["amplification"]["events"]})


def amplification_tables():
    return ["results/tables/amplification.csv"] if amplification_experiment() else []


def amplification_figures():
    return ["results/figures/amplification/spectra.png"] if amplification_experiment() else []
