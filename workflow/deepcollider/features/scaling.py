"""Scalers fitted on training data: exactly invertible maps from physical features to what a network sees."""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np


class Scaler(Protocol):
    """What training needs of a scaler; how it is fitted, and what comes back, is for the system that uses it."""

    @property
    def n_columns(self) -> int:
        """Columns of a row."""

    def transform(self, features: np.ndarray) -> np.ndarray:
        """(N, columns) physical -> (N, columns) float32 scaled."""

    def to_config(self) -> dict:
        """JSON content that :meth:`from_config` makes the same scaler of."""

    @classmethod
    def from_config(cls, config: dict) -> Self:
        """Inverse of :meth:`to_config`."""


@dataclass(frozen=True)
class Standardiser:
    """Zero mean and unit variance per column (VAE thesis 7.4.1, of particles). A constant column is only shifted."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def n_columns(self) -> int:
        """Columns of a row."""
        return len(self.mean)

    @classmethod
    def from_moments(cls, mean, std) -> "Standardiser":
        """From per-column means and standard deviations; a std that is zero or undefined becomes 1."""
        mean = np.nan_to_num(np.asarray(mean, float))
        std = np.nan_to_num(np.asarray(std, float))
        return cls(tuple(mean.tolist()), tuple(np.where(std > 0, std, 1.0).tolist()))

    @classmethod
    def unchanged(cls, columns: int) -> "Standardiser":
        """The one that leaves so many columns as they are; but what is not there (NaN) becomes 0."""
        return cls((0.0,) * columns, (1.0,) * columns)

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


@dataclass(frozen=True)
class MinMaxScaler:
    """Between -1 and 1 per column, for what it was fitted to (GAN thesis 7.1.1). A constant column becomes 0."""

    minimum: tuple[float, ...]
    maximum: tuple[float, ...]

    @property
    def n_columns(self) -> int:
        """Columns of a row."""
        return len(self.minimum)

    @property
    def _middle(self) -> np.ndarray:
        return (np.array(self.maximum) + np.array(self.minimum)) / 2

    @property
    def _half_range(self) -> np.ndarray:
        half = (np.array(self.maximum) - np.array(self.minimum)) / 2
        return np.where(half > 0, half, 1.0)

    def transform(self, features: np.ndarray) -> np.ndarray:
        """(N, F) physical -> (N, F) float32 scaled; values beyond those of the fit come out beyond -1 and 1."""
        return ((features - self._middle) / self._half_range).astype(np.float32)

    def inverse(self, scaled: np.ndarray) -> np.ndarray:
        """(N, F) scaled -> (N, F) float64 physical."""
        return np.asarray(scaled, np.float64) * self._half_range + self._middle

    def to_config(self) -> dict:
        return {"minimum": list(self.minimum), "maximum": list(self.maximum)}

    @classmethod
    def from_config(cls, config: dict) -> "MinMaxScaler":
        return cls(tuple(config["minimum"]), tuple(config["maximum"]))
