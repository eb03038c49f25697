"""Bayesian Gaussian mixtures of codes (VAE slides): fitted to what a trained encoder gives, drawn from in its place."""

import json
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from deepcollider.files import written_whole
from deepcollider.machine import describe_machine, peak_memory_mb

REGULARISATION = 1e-6
"""Added to the diagonal of covariances, as scikit-learn does to those that it estimates."""


@dataclass(frozen=True)
class CodeMixture:
    """A mixture of Gaussians: ``weights`` (K,), ``means`` (K, D), ``covariances`` (K, D, D); ``fit``, how it was found.

    ``fit``: components (K), codes (how many it was fitted to), iterations, converged, lower_bound, used_components
    (those of more than a tenth of the weight that each would have if all had the same), seconds.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    fit: dict

    def __post_init__(self):
        try:
            factors = np.linalg.cholesky(self.covariances)
        except np.linalg.LinAlgError as error:
            raise ValueError(
                "a covariance of the mixture is not positive definite; fit fewer components, or fit them to more codes"
            ) from error
        object.__setattr__(self, "_factors", factors)

    def sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """``n`` codes in random order, (n, D) f4."""
        component = rng.choice(len(self.weights), size=n, p=self.weights / self.weights.sum())
        codes = rng.standard_normal((n, self.means.shape[1]))
        for k in np.unique(component):
            rows = component == k
            codes[rows] = self.means[k] + codes[rows] @ self._factors[k].T
        return codes.astype(np.float32)

    def save(self, path: str | Path) -> None:
        """Write it to one ``.npz`` file."""
        with written_whole(path) as temporary, open(temporary, "wb") as file:
            np.savez(
                file, weights=self.weights, means=self.means, covariances=self.covariances, fit=json.dumps(self.fit)
            )

    @classmethod
    def load(cls, path: str | Path) -> "CodeMixture":
        with np.load(path) as arrays:
            return cls(arrays["weights"], arrays["means"], arrays["covariances"], json.loads(str(arrays["fit"])))


def fit_mixture(codes: np.ndarray, components: int, max_iterations: int, seed: int) -> CodeMixture:
    """scikit-learn's Bayesian Gaussian mixture of ``codes`` (N, D), full covariances.

    The priors are scikit-learn's own, but for REGULARISATION on the diagonal of the prior covariance: codes that fill
    fewer than D dimensions would make it singular, and with it the covariance of every component that goes unused.
    That the fit did not converge within ``max_iterations`` is written down, and no error.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import BayesianGaussianMixture

    if len(codes) < max(components, 2):
        raise ValueError(
            f"{len(codes)} codes for {components} components; fit fewer components or train on more events"
        )
    if not np.isfinite(codes).all():
        raise ValueError(
            f"{int((~np.isfinite(codes)).any(axis=1).sum())} of {len(codes)} codes are not finite: the encoder has "
            "gone astray; lower learning_rate in the hyperparameters of the experiment, and train anew"
        )
    start = time.perf_counter()
    codes = codes.astype(np.float64)
    model = BayesianGaussianMixture(
        n_components=components,
        covariance_prior=np.cov(codes, rowvar=False) + REGULARISATION * np.eye(codes.shape[1]),
        reg_covar=REGULARISATION,
        max_iter=max_iterations,
        random_state=seed % 2**32,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(codes)
    found = {
        "components": components,
        "codes": len(codes),
        "iterations": int(model.n_iter_),
        "converged": bool(model.converged_),
        "lower_bound": float(model.lower_bound_),
        "used_components": int((model.weights_ > 0.1 / components).sum()),
        "seconds": time.perf_counter() - start,
    }
    return CodeMixture(model.weights_, model.means_, model.covariances_, found)


def mixture_cost(mixture: CodeMixture, threads: int) -> dict:
    """Record of what the fit cost, as those of trainings (``generators.training.cost_record``), with how it went."""
    components, latent = mixture.means.shape
    return {
        "part": "mixture",
        "seconds": mixture.fit["seconds"],
        "peak_memory_mb": peak_memory_mb(),
        "trainable_parameters": components * (1 + latent + latent * (latent + 1) // 2) - 1,
        "threads": threads,
        "machine": describe_machine(),
        "fit": mixture.fit,
    }
