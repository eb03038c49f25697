"""The protocol of every generative system: which parts it trains, and how trained parts become events.

One part = one network = one Snakemake job. A system's own module must import without Keras, because the workflow asks
it for its parts when it builds the DAG; networks are imported inside ``build``.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from deepcollider.features.masks import MaskGenerator
from deepcollider.features.scaling import Standardiser
from deepcollider.physics.events import Events

if TYPE_CHECKING:
    import keras


class GenerativeSystem(ABC):
    """One setting of a system: its hyperparameters, from the config's fixed values and one point of the grid."""

    name: ClassVar[str]
    defaults: ClassVar[dict[str, Any]]
    """Hyperparameters with their published values; the config may set these and no others."""
    network_module: ClassVar[str]
    """Module whose import registers the networks with Keras, so that saved ones can be loaded."""
    starts_from_truth: ClassVar[bool] = False
    """True for systems that perturb ground-truth events: their results are labelled so."""

    def __init__(self, **hyperparameters: Any):
        unknown = sorted(set(hyperparameters) - set(self.defaults))
        if unknown:
            raise ValueError(
                f"system {self.name} has no hyperparameter {', '.join(unknown)}; it has {', '.join(self.defaults)}"
            )
        self.hyperparameters = {**self.defaults, **hyperparameters}

    @classmethod
    @abstractmethod
    def parts(cls) -> tuple[str, ...]:
        """Names of the parts to train, each on its own part file."""

    @abstractmethod
    def build(self, part: str, scaler: Standardiser, seed: int) -> "keras.Model":
        """The compiled, untrained network of a part; its loss comes with it."""

    @abstractmethod
    def generate(
        self, networks: dict[str, "keras.Model"], masks: MaskGenerator, n: int, seed: int, batch: int
    ) -> Iterator[Events]:
        """``n`` events in batches of at most ``batch``, from trained networks; same seed, same events."""
