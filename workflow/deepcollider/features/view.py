"""What every view of events provides; the views themselves are the modules of :mod:`deepcollider.features.views`."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from deepcollider.physics.events import Events


class View(ABC):
    """Events as rows of numbers, part by part.

    ``selects`` says that the view holds a selection of events only: then a system that uses it is trained on these, and
    what it generates is compared with these. Where it has a ``frequent_fraction`` too, only the most frequent
    combinations of objects belong to the selection, up to this fraction of all events, and its splits have all of them
    in the same proportions (:mod:`deepcollider.store.stratified`).
    """

    name: ClassVar[str]
    parts: ClassVar[tuple[str, ...]]
    selects: ClassVar[bool] = False
    frequent_fraction: ClassVar[float | None] = None

    @abstractmethod
    def columns(self, part: str) -> tuple[str, ...]:
        """Names of the columns of a part's rows."""

    def unscaled(self, part: str) -> tuple[str, ...]:
        """Columns that are no quantities but masks and codes: they are never scaled."""
        return ()

    @abstractmethod
    def rows(self, events: Events, part: str) -> np.ndarray:
        """The rows of a part, (M, columns) f4, in the order of the events; NaN where there is nothing to see."""

    def accepts(self, events: Events) -> np.ndarray:
        """Which events belong to the selection, (N,) bool."""
        return np.ones(len(events), bool)
