"""What the report on variational autoencoders shows: its files and the parameters of its notebook."""

from deepcollider.reports.scales import read_scales, scales


def variational_experiments():
    """The experiments whose system is a variational autoencoder."""
    return [e for e in EXPERIMENTS.values() if "vae" in e.system.split("-")]


VAE_FEATURES = ["met", "met_phi", *(f"jet1_{feature}" for feature in ("energy", "pt", "eta", "phi"))]


def vae_figures():
    """Spectra of MET and the leading jet by feature: those of all variational experiments side by side."""
    places = [(e, process) for e in variational_experiments() for process in e.processes]
    return {
        name: [f"results/figures/{e.name}/{process}/histogram-{name}.png" for e, process in places]
        for name in VAE_FEATURES
    }


def vae_heatmaps():
    """Correlation heatmap of every setting, by experiment and process."""
    return {
        e.name: {
            process: {s: f"results/figures/{e.name}/{process}/correlations-{s}.png" for s in e.settings}
            for process in e.processes
        }
        for e in variational_experiments()
    }


def vae_correlations():
    """Both correlation matrices of every setting, by experiment and process."""
    return {
        e.name: {
            process: {s: f"results/metrics/{e.name}/{s}/{process}.correlations.csv" for s in e.settings}
            for process in e.processes
        }
        for e in variational_experiments()
    }


def vae_best_tables():
    """Table of the best setting of each experiment, for the processes that a variational system generates."""
    used = {process for e in variational_experiments() for process in e.processes}
    return best_tables(process for process in PROCESSES if process in used)


def leaves(tree):
    """The values of nested dictionaries."""
    return [leaf for branch in tree.values() for leaf in leaves(branch)] if isinstance(tree, dict) else [tree]


def starts_from(e):
    """What a system makes its events from, in words."""
    if e.seeds:
        return f"true events ({e.seeds} split)"
    return "mixture of codes" if e.system_class.fits_mixture else "noise"


def vae_parameters(wildcards, input):
    """What the notebook on variational autoencoders is told."""
    return {
        "metrics_path": input.metrics,
        "reference_path": input.reference,
        "published_correlations_path": input.published_correlations,
        "scales": scales(*read_scales(ROOT / "config")).to_dict("list"),
        "experiments": {
            e.name: {
                "title": e.title,
                "system": e.system,
                "published": e.entry.get("published"),
                "settings": hyperparameters_of(e),
                "networks": {s: f"{e.owner.name}/{e.trained_setting(s)}" for s in e.settings},
                "starts_from": starts_from(e),
                "tables": experiment_tables(e),
                **traits_of(e),
            }
            for e in variational_experiments()
        },
        "best_tables": vae_best_tables(),
        "correlations": vae_correlations(),
        "figures": vae_figures(),
        "heatmaps": vae_heatmaps(),
    }
