"""What the report on systems with a likelihood shows: its files and the parameters of its notebook."""


def is_flagship(system):
    """Whether its networks have a likelihood, though the events that are kept of theirs may have none."""
    return system.has_likelihood or system.fits_refinement


def flagship_experiments():
    """The experiments whose networks say how likely an event is."""
    return [e for e in EXPERIMENTS.values() if is_flagship(e.system_class)]


def scale_points():
    """(experiment, setting) of all networks of the process alone; none, if there is one training sample alone."""
    alone = [e for e in flagship_experiments() if e.owner is e and not e.joint and scale_process() in e.processes]
    points = [(e.name, setting) for e in alone for setting in e.settings]
    return points if len(alone) > 1 else []


def scale_process():
    """The process of the curve: the first of the first of these experiments."""
    return flagship_experiments()[0].processes[0] if flagship_experiments() else None


def scale_figures():
    return ["results/figures/flagship/scale.png"] if scale_points() else []


def study_tables():
    """Tables of all studies that are made of systems with a likelihood."""
    return [*anomaly_tables(), *mass_tables(), *amplification_tables()]


def study_figures():
    return [*anomaly_figures(), *amplification_figures(), *scale_figures()]


FLAGSHIP_FEATURES = ["w_mass", "top_mass", "m_jj", "ht", "delta_phi_met_jet1", "met", "jet1_pt", "jet1_eta", "jet1_phi"]


def flagship_figures():
    """Spectra of the first experiment on each process, and of the first whose events are refined."""
    shown = {}
    for e in flagship_experiments():
        for process in e.processes:
            shown.setdefault((process, e.system_class.fits_refinement), (e, process))
    return {
        f"{e.name}, {process}": [histogram_of(e, process, name) for name in FLAGSHIP_FEATURES]
        for e, process in shown.values()
    }


def flagship_parameters(wildcards, input):
    """What the notebook is told."""
    shared = family_parameters(flagship_experiments(), is_flagship, input)
    del shared["reference_path"]
    for name, entry in shared["experiments"].items():
        entry["condition"] = EXPERIMENTS[name].joint["condition"] if EXPERIMENTS[name].joint else None
    return {
        **shared,
        "leaderboard_path": input.leaderboard,
        "studies": {Path(path).stem: path for path in study_tables()},
        "study_figures": {Path(path).parent.name: path for path in study_figures()},
        "figures": flagship_figures(),
    }
