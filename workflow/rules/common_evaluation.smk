"""What generated events are compared with, and what they cost."""


def mc_statistics(wildcards):
    """What the simulation cost, where the truth was simulated by us."""
    if config["processes"][wildcards.process]["source"] == "pythia":
        return f"results/simulated/{wildcards.process}.json"
    return []


def truth_of(wildcards):
    """The events that generated ones are compared with."""
    experiment = EXPERIMENTS[wildcards.experiment]
    return sample_file(experiment, wildcards.process, experiment.truth_and_floor[0])


def floor_of(wildcards):
    """True events in the place of generated ones."""
    experiment = EXPERIMENTS[wildcards.experiment]
    return sample_file(experiment, wildcards.process, experiment.truth_and_floor[1])


def training_costs(wildcards):
    """What the training of each part cost; the untrained baseline has the cost of none, and the same parameters."""
    costs = trained_files(EXPERIMENTS[wildcards.experiment], wildcards.setting, wildcards.process, "cost.json")
    fitted = [mixture_of(wildcards), refinement_of(wildcards)]
    return [*costs, *(str(Path(each).with_suffix(".cost.json")) for each in fitted if each)]


def identity_of(wildcards):
    """The columns of the table of all metrics that say whose they are."""
    return {
        "experiment": wildcards.experiment,
        "system": EXPERIMENTS[wildcards.experiment].system,
        "process": wildcards.process,
        "setting": wildcards.setting,
    }


def timing_batches():
    """Batch sizes at which generation is timed, with the scale applied; single events stay single."""
    return sorted({b if b == 1 else max(2, scaled_events(b, config)) for b in config["evaluation"]["timing_batches"]})


def generated_of(wildcards):
    """The samples of an experiment's grid, in the order of the grid."""
    settings = EXPERIMENTS[wildcards.experiment].settings
    return [f"results/generated/{wildcards.experiment}/{s}/{wildcards.process}.h5" for s in settings]


def metrics_of(kind):
    """A function of the wildcards: a kind of file beside the metrics, of each setting in the order of the grid."""

    def files(wildcards):
        experiment = EXPERIMENTS[wildcards.experiment]
        return [f"results/metrics/{experiment.name}/{s}/{wildcards.process}.{kind}.csv" for s in experiment.settings]

    return files


def power_tables():
    """How small a shift the classifiers would find: one table for each selection, process and number of events."""
    chosen = (
        (e, e.view.name if e.view.selects else ALL_EVENTS, process)
        for e in EXPERIMENTS.values()
        for process in e.processes
    )
    return sorted({f"results/power/{name}/{process}/{e.n_generated}.csv" for e, name, process in chosen})


def power_folder(wildcards):
    """Return the folder of the splits of a selection; that of all events if it is none."""
    folder = "results/splits" if wildcards.chosen == ALL_EVENTS else f"results/selected/{wildcards.chosen}"
    return f"{folder}/{wildcards.process}"


HISTOGRAMS = [observable.name for observable in OBSERVABLES]


def losses_of(wildcards):
    """(part, setting, log file) of every training of an experiment and process."""
    e = EXPERIMENTS[wildcards.experiment]
    found = {}
    for setting in e.settings:
        for part, path in zip(e.parts, trained_files(e, setting, wildcards.process, "losses.csv")):
            found[path] = (part, e.trained_setting(setting), path)
    return list(found.values())
