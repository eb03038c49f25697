"""Scalers fitted on training data: exactly invertible maps from physical features to what a network sees."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Standardiser:
    """Zero mean and unit variance per column (VAE thesis 7.4.1). A constant column is only shifted."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def from_moments(cls, mean, std) -> "Standardiser":
        """From per-column means and standard deviations; a std that is zero or undefined becomes 1."""
        mean = np.nan_to_num(np.asarray(mean, float))
        std = np.nan_to_num(np.asarray(std, float))
        return cls(tuple(mean.tolist()), tuple(np.where(std > 0, std, 1.0).tolist()))

    def transform(self, features: np.ndarray) -> np.ndarray:
        """(N, F) physical -> (N, F) float32 standardised; what is not there (NaN) becomes 0, its column's mean."""
        scaled = (features - np.array(self.mean)) / np.array(self.std)
        scaled[np.isnan(scaled)] = 0.0
        return scaled.astype(np.float32)

    def inverse(self, scaled: np.ndarray) -> np.ndarray:
        """(N, F) standardised -> (N, F) float64 physical."""
        return np.asarray(scaled, np.float64) * np.array(self.std) + np.array(self.mean)

    def to_config(self) -> dict:
        return {"mean": list(self.mean), "std": list(self.std)}

    @classmethod
    def from_config(cls, config: dict) -> "Standardiser":
        return cls(tuple(config["mean"]), tuple(config["std"]))
