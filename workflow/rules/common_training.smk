"""What a training and a generation read: parts, masks, mixtures, networks of others, true events to start from."""


def sample_folder(view):
    """Where the events that a view holds lie: all of them, or those that it selects."""
    return f"results/selected/{view.name}" if view.selects else "results/splits"


def sample_file(experiment, process, split):
    """The events of a split that an experiment is about."""
    return f"{sample_folder(experiment.view)}/{process}/{split}.h5"


def sample_of(split):
    """A function of the wildcards: the events of a split that their experiment is about."""

    def file(wildcards):
        return sample_file(EXPERIMENTS[wildcards.experiment], wildcards.process, split)

    return file


def part_file(split):
    """A function of the wildcards: the part file of a split that their experiment trains on."""

    def file(wildcards):
        experiment = EXPERIMENTS[wildcards.experiment]
        part = getattr(wildcards, "part", experiment.view.parts[0])
        sample = getattr(wildcards, "sample", None) or experiment.trained_on(wildcards.process)
        return f"results/parts/{experiment.view.name}/{sample}/{split}/{part}.h5"

    return file


def parts_to_join(wildcards):
    """The part file of each process that is trained on jointly."""
    pattern = "results/parts/{view}/{process}/{split}/{part}.h5"
    return [pattern.format(**wildcards, process=process) for process in JOINT[wildcards.joint].joint["processes"]]


def joint_conditions(wildcards):
    """Numbers that tell apart the processes that are trained on jointly."""
    experiment = JOINT[wildcards.joint]
    conditions = experiment.conditions(PROCESS_TABLE)
    return {process: conditions[process] for process in experiment.joint["processes"]}


def conditions_of(wildcards):
    """Numbers that tell a network which process it is to generate."""
    return EXPERIMENTS[wildcards.experiment].conditions(PROCESS_TABLE)[wildcards.process]


def parent_of(wildcards):
    """The network that a fine-tuned one starts from."""
    origin = origin_of(wildcards)
    return (
        "results/models/{experiment}/{setting}/{process}/".format(**origin) + f"{wildcards.part}.keras"
        if origin
        else []
    )


def origin_of(wildcards):
    """What a fine-tuned network starts from, in words, and whose scaler it has."""
    experiment = EXPERIMENTS[wildcards.experiment]
    if experiment.parent is None:
        return {}
    return {
        "experiment": experiment.parent.name,
        "setting": experiment.parent_setting(wildcards.setting),
        "process": experiment.entry["fine_tunes"]["process"],
        "scaler": experiment.entry["fine_tunes"].get("scaler", "parent"),
    }


def trained_files(experiment, setting, process, suffix):
    """Files of each trained part of a setting; the untrained baseline has the architecture of the first setting's."""
    name = next(iter(experiment.settings)) if setting == UNTRAINED else setting
    sample = experiment.trained_on(process)
    folder = f"results/models/{experiment.owner.name}/{experiment.trained_setting(name)}/{sample}"
    return [f"{folder}/{part}.{suffix}" for part in experiment.parts]


def networks_of(wildcards):
    """Trained parts of a setting."""
    return trained_files(EXPERIMENTS[wildcards.experiment], wildcards.setting, wildcards.process, "keras")


def masks_file(experiment, process):
    """The mask generator, where the system has one."""
    return f"results/masks/{experiment.name}/{process}.json" if experiment.system_class.draws_masks else []


def masks_of(wildcards):
    return masks_file(EXPERIMENTS[wildcards.experiment], wildcards.process)


def mixture_file(experiment, setting, process):
    """The mixture of codes, where the system has one."""
    folder = f"results/mixtures/{experiment.name}/{setting}"
    return f"{folder}/{process}.npz" if experiment.system_class.fits_mixture else []


def mixture_of(wildcards):
    return mixture_file(EXPERIMENTS[wildcards.experiment], wildcards.setting, wildcards.process)


def refinement_file(experiment, setting, process):
    """The trees that choose which events are kept, where the system has them."""
    folder = f"results/refinements/{experiment.name}/{setting}"
    return f"{folder}/{process}.pickle" if experiment.system_class.fits_refinement else []


def refinement_of(wildcards):
    return refinement_file(EXPERIMENTS[wildcards.experiment], wildcards.setting, wildcards.process)


def seeds_of(wildcards):
    """The true events that the system perturbs, where it does."""
    experiment = EXPERIMENTS[wildcards.experiment]
    return sample_file(experiment, wildcards.process, experiment.seeds) if experiment.seeds else []
