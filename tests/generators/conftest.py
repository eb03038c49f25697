"""A small system, and part files with rows that can be told apart."""

import keras
import numpy as np
import pytest

from deepcollider.features.views.particles import VIEW
from deepcollider.generators import training
from deepcollider.generators.networks.beta_vae import BetaVAE
from deepcollider.generators.systems.beta_vae_per_particle import BetaVAEPerParticle
from deepcollider.store.rows import RowWriter
from tests.generators.interrupted_case import Case


class SmallSystem(BetaVAEPerParticle):
    """Experiment II with networks of a few dozen parameters."""

    def build(self, part, scaler, seed):
        settings = {"encoder_widths": [8], "latent": 2, "decoder_widths": [8], "output_width": 4}
        network = BetaVAE(
            {**settings, "beta": self.hyperparameters["beta"], "scaler": scaler.to_config(), "seed": seed}
        )
        network.compile(optimizer=keras.optimizers.Adam(self.hyperparameters["learning_rate"]))
        return network


def _write_part(path, features, part="jet", n_events=None):
    """A part file of the given ``features`` (N, columns), as the workflow writes it."""
    features = np.asarray(features, np.float32).reshape(-1, len(VIEW.columns(part)))
    attributes = {
        "part": part,
        "columns": VIEW.columns(part),
        "n_events": len(features) if n_events is None else n_events,
        "mean": features.astype(float).mean(axis=0).tolist() if len(features) else [0.0] * features.shape[1],
        "std": features.astype(float).std(axis=0).tolist() if len(features) else [0.0] * features.shape[1],
    }
    layout = {"features": (np.dtype("f4"), features.shape[1:])}
    with RowWriter(path, layout, attributes) as writer:
        writer.append(features=features)
    return path


@pytest.fixture(scope="session")
def small_system():
    return SmallSystem


@pytest.fixture(scope="session")
def write_part():
    return _write_part


@pytest.fixture(scope="module")
def short_blocks():
    """Blocks of three batches, so that an epoch of four ends within one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "BLOCK_ROWS", 64)
        yield


@pytest.fixture
def case(tmp_path, short_blocks, small_system, write_part):
    return Case(tmp_path, small_system, write_part)
