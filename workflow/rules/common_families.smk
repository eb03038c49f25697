"""Helpers of the rules of reports on a family of systems: the variational ones, the adversarial ones."""

from deepcollider.generators.registry import system_class
from deepcollider.reports.scales import of_systems, read_scales, scales


def leaves(tree):
    """The values of nested dictionaries and lists."""
    if isinstance(tree, dict):
        tree = tree.values()
    elif not isinstance(tree, list):
        return [tree]
    return [leaf for branch in tree for leaf in leaves(branch)]


def by_setting(experiments, pattern):
    """A file of every setting, by experiment and process; ``pattern`` has {experiment}, {process} and {setting}."""
    return {
        e.name: {
            process: {s: pattern.format(experiment=e.name, process=process, setting=s) for s in e.settings}
            for process in e.processes
        }
        for e in experiments
    }


def histogram_of(e, process, name):
    return f"results/figures/{e.name}/{process}/histogram-{name}.png"


def starts_from(e):
    """What a system makes its events from, in words."""
    if e.seeds:
        return f"true events ({e.seeds} split)"
    return "mixture of codes" if e.system_class.fits_mixture else "noise"


def family_parameters(experiments, is_of_family, input):
    """What the notebook on a family is told, whichever it is; ``is_of_family`` is asked of the class of a system."""
    return {
        "metrics_path": input.metrics,
        "reference_path": input.reference,
        "scales": scales(
            *(of_systems(each, lambda name: is_of_family(system_class(name))) for each in read_scales(ROOT / "config"))
        ).to_dict("list"),
        "experiments": {
            e.name: {
                **summary_of(e),
                "networks": {s: f"{e.owner.name}/{e.trained_setting(s)}" for s in e.settings},
                "starts_from": starts_from(e),
                **traits_of(e),
            }
            for e in experiments
        },
    }
