"""The protocol of every generative system: which parts it trains, and how trained parts become events.

One part = one network = one Snakemake job. A system's own module must import without Keras, because the workflow asks
it for its parts when it builds the DAG; networks are imported inside ``build``.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from deepcollider.features.conditions import NONE
from deepcollider.features.masks import MaskGenerator
from deepcollider.features.scaling import Scaler, Standardiser
from deepcollider.features.view import View
from deepcollider.generators.mixture import CodeMixture
from deepcollider.generators.refinement import Refinement
from deepcollider.physics.digits import Writing
from deepcollider.physics.events import Events

if TYPE_CHECKING:
    import keras

    from deepcollider.store.part_files import PartReader


@dataclass(frozen=True)
class Trained:
    """All that events are made of: trained networks and, for the systems that ask for them, the rest."""

    networks: dict[str, "keras.Model"]
    """Part -> network."""
    masks: MaskGenerator | None = None
    """Statistical mask generator, where the system ``draws_masks``."""
    mixture: CodeMixture | None = None
    """Gaussian mixture of codes, where the system ``fits_mixture``."""
    refinement: Refinement | None = None
    """Trees that say which events are kept, where the system ``fits_refinement``."""
    seed_events: Callable[[int], Iterator[Events]] | None = None
    """Size -> endless batches of true events of that size, always from the first on; where it ``starts_from_truth``."""
    conditions: np.ndarray = field(default_factory=lambda: NONE)
    """(C,) Which of the samples that it was trained on jointly, or which masses between them, is wanted."""
    writing: Writing = field(default_factory=Writing)
    """With which digits truth is written, and so what is generated."""


class GenerativeSystem(ABC):
    """One setting of a system: its hyperparameters, from the config's fixed values and one point of the grid."""

    name: ClassVar[str]
    defaults: ClassVar[dict[str, Any]]
    """Hyperparameters with their published values; the config may set these and no others."""
    choices: ClassVar[dict[str, tuple[Any, ...]]] = {}
    """Values that a hyperparameter can have, of those that choose between a few: mostly readings of what the documents
    leave open."""
    training_only: ClassVar[frozenset[str]] = frozenset({"learning_rate"})
    """Hyperparameters that may differ between a network and the one that it is fine-tuned from."""
    generation_only: ClassVar[frozenset[str]] = frozenset()
    """Hyperparameters that no training depends on: settings that differ in these alone share their networks."""
    network_module: ClassVar[str]
    """Module whose import registers the networks with Keras, so that saved ones can be loaded."""
    view: ClassVar[View]
    """How its networks see events."""
    starts_from_truth: ClassVar[bool] = False
    """True for systems that perturb ground-truth events: their results are labelled so."""
    draws_masks: ClassVar[bool] = False
    """Whether the numbers of objects come from a statistical mask generator."""
    learns_counts: ClassVar[bool] = False
    """Whether the network learns the numbers of objects, kind by kind."""
    frequent_fraction: ClassVar[float] = 0.85
    """Cumulative fraction of events whose masks count as frequent, unless the config sets it (VAE thesis 7.5.2)."""
    monitor: ClassVar[str | None] = None
    """What of the training log tells how good a network is, the lower the better: its best epoch is kept. Without it,
    the last one is."""
    validation_batch: ClassVar[int | None] = None
    """Validation rows that the network sees at a time; None: as many as training rows."""
    epoch_of_rows: ClassVar[bool] = False
    """Whether an epoch goes once through the rows of a part, or has as many batches as there are batches of events."""
    adversarial: ClassVar[bool] = False
    """Whether its networks are trained against critics: reports then show whether the training can be trusted."""
    fits_mixture: ClassVar[bool] = False
    """Whether codes are drawn from a Gaussian mixture, fitted to the codes of the training events."""
    fits_refinement: ClassVar[bool] = False
    """Whether trees that have learnt to tell its events from training events choose those that are kept."""
    takes_conditions: ClassVar[bool] = False
    """Whether one network can be trained on several processes: part files of these have columns of conditions."""
    has_likelihood: ClassVar[bool] = False
    """Whether it can say how likely it is to generate an event (``log_prob``)."""

    def __init__(self, **hyperparameters: Any):
        unknown = sorted(set(hyperparameters) - set(self.defaults))
        if unknown:
            raise ValueError(
                f"system {self.name} has no hyperparameter {', '.join(unknown)}; it has {', '.join(self.defaults)}"
            )
        for name, value in hyperparameters.items():
            if not self.is_choice(name, value):
                raise ValueError(f"system {self.name}: {name} is {value!r}; it can be {spelt(self.choices[name])}")
        self.hyperparameters = {**self.defaults, **hyperparameters}

    @classmethod
    def is_choice(cls, name: str, value: Any) -> bool:
        """Whether a hyperparameter can have a value, as far as ``choices`` says: 1 is not true, nor "true"."""
        known = cls.choices.get(name)
        return known is None or any(type(value) is type(each) and value == each for each in known)

    @classmethod
    def parts(cls) -> tuple[str, ...]:
        """Names of the parts to train, each on its own part file."""
        return cls.view.parts

    @classmethod
    def architecture(cls) -> tuple:
        """What tells its networks from those of other systems, apart from the hyperparameters."""
        return cls.view.name, cls.network_module

    @property
    def batches_per_step(self) -> int:
        """Batches that one step of the training takes."""
        return 1

    @property
    def against_divergence(self) -> str:
        """Say which keys of the configuration to change when the loss of a training is no longer finite."""
        told = ", ".join(f"{key}: {value}" for key, value in self.hyperparameters.items() if np.isscalar(value))
        return f"lower learning_rate in the hyperparameters of the experiment, which are {{{told}}}"

    def columns(self, part: str) -> tuple[str, ...] | None:
        """Columns of a part file that the networks see, where these are not all of them."""
        return None

    def scaler(self, reader: "PartReader") -> Scaler:
        """The scaler of a part, fitted to its training rows."""
        return Standardiser.from_moments(reader.mean, reader.std)

    @abstractmethod
    def build(self, part: str, scaler: Scaler, seed: int) -> "keras.Model":
        """The compiled, untrained network of a part; its loss comes with it."""

    def callbacks(self) -> list["keras.callbacks.Callback"]:
        """Callbacks of the training, such as a schedule of the learning rate.

        One that has a memory must say it (``state() -> dict`` of JSON values) and take it back (``restore(state)``,
        after ``on_train_begin``), so that a resumed training goes on as it would have. What it has to tell at the end
        (``record() -> dict``) goes into the record of the cost.
        """
        return []

    @abstractmethod
    def generate(self, trained: Trained, n: int, seed: int, batch: int) -> Iterator[Events]:
        """``n`` events in batches of at most ``batch``, from trained networks; same seed, same events."""

    def log_prob(self, trained: Trained, events: Events, smoothed: bool = False) -> np.ndarray:
        """Logarithm of the density of generated events at each of ``events``, (N,) float64, if it ``has_likelihood``.

        It is the density of the numbers of objects, MET and METphi, and of pt, eta and phi of each object and the mass
        of each jet; units GeV and rad. -inf for what is never generated; ``smoothed``, numbers of objects that never
        are have a small probability too, which events from elsewhere need.
        """
        raise NotImplementedError(f"system {self.name} has no likelihood")


def spelt(values: Iterable[Any]) -> str:
    """Values as a configuration spells them, for a message."""
    return " or ".join(str(value).lower() if isinstance(value, bool) else str(value) for value in values)


def batch_sizes(n: int, batch: int) -> Iterator[tuple[int, int]]:
    """(first, size) of each batch of ``n`` events."""
    return ((first, min(batch, n - first)) for first in range(0, n, batch))


def numbered(events: Events, first: int) -> Events:
    """Generated events with what they all have: numbers from ``first`` on, and weight 1."""
    events.events["event_id"] = np.arange(first, first + len(events))
    events.events["weight"] = 1.0
    return events
