"""The systems of the VAE thesis and of the slides by their names in the documents."""

ZERO, ONE, TWO, THREE = "alpha-vae", "alpha-vae-per-particle", "beta-vae-per-particle", "beta-vae-single"
"""Systems of experiments 0 to III of the thesis."""

MIXTURES = {
    "beta-vae-merged-bgmm": ("beta-vae-merged", "I", "slides 4.1"),
    "beta-vae-split-bgmm": ("beta-vae-split", "II", "slides 4.2"),
    "alpha-vae-bgmm": ("alpha-vae", "III", "slides 4.3"),
}
"""System with codes from a mixture -> the same from true events, experiment of the slides, section."""
