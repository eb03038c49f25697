"""What the report on variational autoencoders shows: its files and the parameters of its notebook."""


def is_variational(system):
    return "vae" in system.name.split("-")


def variational_experiments():
    """The experiments whose system is a variational autoencoder."""
    return [e for e in EXPERIMENTS.values() if is_variational(e.system_class)]


VAE_FEATURES = ["met", "met_phi", *(f"jet1_{feature}" for feature in ("energy", "pt", "eta", "phi"))]


def vae_figures():
    """Spectra of MET and the leading jet by feature: those of all variational experiments side by side."""
    places = [(e, process) for e in variational_experiments() for process in e.processes]
    return {name: [histogram_of(*place, name) for place in places] for name in VAE_FEATURES}


def vae_heatmaps():
    """Correlation heatmap of every setting."""
    pattern = "results/figures/{experiment}/{process}/correlations-{setting}.png"
    return by_setting(variational_experiments(), pattern)


def vae_correlations():
    """Both correlation matrices of every setting."""
    return by_setting(variational_experiments(), "results/metrics/{experiment}/{setting}/{process}.correlations.csv")


def vae_best_tables():
    """Table of the best setting of each experiment, for the processes that a variational system generates."""
    used = {process for e in variational_experiments() for process in e.processes}
    return best_tables(process for process in PROCESSES if process in used)


def vae_parameters(wildcards, input):
    """What the notebook on variational autoencoders is told."""
    return {
        **family_parameters(variational_experiments(), is_variational, input),
        "published_correlations_path": input.published_correlations,
        "best_tables": vae_best_tables(),
        "correlations": vae_correlations(),
        "figures": vae_figures(),
        "heatmaps": vae_heatmaps(),
    }
