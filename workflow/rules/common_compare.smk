"""Helpers of the rules that compare settings and systems."""


def traits_of(e):
    """What must be known of an experiment to compare it with others: metrics.leaderboard.TRAITS."""
    return {
        "starts_from_truth": e.system_class.starts_from_truth,
        "seeds": e.seeds or "",
        "selection": e.view.name if e.view.selects else "",
    }


def experiments_with(process):
    return [e for e in EXPERIMENTS.values() if process in e.processes]


def hyperparameters_of(e):
    """Every hyperparameter of each setting of an experiment's grid, its system's defaults included."""
    return {setting: e.all_hyperparameters(setting) for setting in e.settings}


def experiment_tables(e):
    """Table of an experiment, by process."""
    return {process: f"results/tables/{e.name}-{process}.csv" for process in e.processes}


def best_tables(processes):
    """Table of the best setting of each experiment, by process."""
    return {process: f"results/tables/best-{process}.csv" for process in processes}


def comparison_tables():
    """The tables of this stage that the configured experiments have."""
    return [
        "results/tables/leaderboard.csv",
        *(path for e in EXPERIMENTS.values() for path in experiment_tables(e).values()),
        *best_tables(process for process in PROCESSES if experiments_with(process)).values(),
    ]


def comparison_figures():
    """The figures of this stage that the configured experiments have."""
    return [
        "results/figures/overview/speed-quality.png",
        *(f"results/figures/{e.name}/{p}/settings.png" for e in EXPERIMENTS.values() for p in e.processes),
    ]
