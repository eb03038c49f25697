"""What the report on generative adversarial networks shows: its files and the parameters of its notebook."""


def is_adversarial(system):
    return system.adversarial


def adversarial_experiments():
    """The experiments whose networks are trained against critics."""
    return [e for e in EXPERIMENTS.values() if is_adversarial(e.system_class)]


def shapes_of_samples():
    """Means, spreads and central shares of every setting."""
    return by_setting(adversarial_experiments(), "results/metrics/{experiment}/{setting}/{process}.shapes.csv")


def monitoring_figures():
    """How each training went, by experiment and process."""
    return {
        f"{e.name}, {process}": [f"results/figures/{e.name}/{process}/monitoring.png"]
        for e in adversarial_experiments()
        for process in e.processes
    }


def watched_labels(wildcards):
    """Names of the lines of the trainings of an experiment and process: parts; with the setting where it has several."""
    found = [(part, setting) for part, setting, _ in losses_of(wildcards)]
    several = len({setting for _, setting in found}) > 1
    return [f"{part}, {setting}" if several else part for part, setting in found]


GAN_FIRST_FIGURES = {"ttbar": 6, "stop_02": 17}
"""Number of the figure of chapter 7 of the GAN thesis that shows MET; those of GAN_OBJECTS follow."""

GAN_OBJECTS = {
    "met": "MET",
    "bjet1": "first b-jets",
    "bjet2": "second b-jets",
    "jet1": "first jets",
    "jet2": "second jets",
    "electron1": "electrons",
    "positron1": "positrons",
    "muon1": "muons",
    "antimuon1": "antimuons",
    "photon1": "photons",
}

GAN_MASK_FIGURES = {"ttbar": 2, "stop_02": 16}

GAN_SYSTEMS = ("wgan", "wgan-gp")
"""Those that the thesis shows, in the order in which they stand side by side."""


def thesis_experiments(process):
    """The experiments that show what the thesis does of a process."""
    found = [e for e in EXPERIMENTS.values() if e.system in GAN_SYSTEMS and process in e.processes]
    return sorted(found, key=lambda e: GAN_SYSTEMS.index(e.system))


def thesis_figures():
    """The figures of chapter 7 of the GAN thesis by ours, WGAN and WGAN-GP side by side; none without an experiment."""
    figures = {}
    for process, first in GAN_FIRST_FIGURES.items():
        shown = thesis_experiments(process)
        if not shown:
            continue
        masks = [f"results/figures/{e.name}/{process}/masks-frequent.png" for e in shown]
        figures[f"Figure 7.{GAN_MASK_FIGURES[process]}: masks, {process}"] = masks
        for number, (group, title) in enumerate(GAN_OBJECTS.items(), first):
            names = [name for name in HISTOGRAMS if BY_OBSERVABLE[name].group == group]
            figures[f"Figure 7.{number}: {title}, {process}"] = [
                histogram_of(e, process, name) for name in names for e in shown
            ]
    return figures


def gan_parameters(wildcards, input):
    """What the notebook on generative adversarial networks is told."""
    return {
        **family_parameters(adversarial_experiments(), is_adversarial, input),
        "shapes": shapes_of_samples(),
        "monitoring": monitoring_figures(),
        "figures": thesis_figures(),
    }
