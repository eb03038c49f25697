"""Schemes: how samples are cut into files, how models are trained, how events are generated, as boxes and arrows.

What they show is told in ``resources/schemes.yaml``, and checked as it is read. A scheme has ``title``, ``source``,
``stages`` (name -> box -> ``kind``, ``text``, and if wanted ``detail`` and ``several: true``), ``arrows`` as chains of
boxes, ``a -> b -> c``, and if wanted arrows ``back`` to what stands above. A graph has ``vertices`` and ``lines`` in
their place: see :mod:`deepcollider.figures.feynman`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from deepcollider.errors import ConfigError, nearest
from deepcollider.figures import feynman
from deepcollider.figures.diagram import Band, Drawn, draw_diagram
from deepcollider.figures.layers import Edge, in_order, placed
from deepcollider.figures.style import COLOURS, styled

KIND_COLOURS = {
    "events": COLOURS[5],
    "random numbers": COLOURS[3],
    "network": COLOURS[0],
    "step": "#999999",
    "result": COLOURS[2],
}
"""Kind of box -> colour."""

KEYS = {"title", "source", "stages", "arrows", "back"}
BOX_KEYS = {"kind", "text", "detail", "several"}


@dataclass
class SchemeBox:
    """A box of a scheme; ``placed`` gives it its row and column."""

    id: str
    stage: str
    kind: str
    text: str
    detail: str = ""
    several: bool = False
    row: int = 0
    column: float = 0.0
    names: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.names = [self.id]  # boxes side by side stand in the order of the file


@dataclass(frozen=True)
class Scheme:
    """A scheme as it is drawn."""

    title: str
    source: str
    stages: list[str]
    boxes: list[SchemeBox]
    arrows: list[Edge]
    back: list[Edge]


def read_schemes(path: str | Path) -> dict[str, dict[str, Any]]:
    """The entries of a file of schemes by name, every one checked; a fault is a ConfigError that names its place."""
    import yaml

    try:
        entries = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except yaml.YAMLError as error:  # its text names the line
        raise ConfigError(f"{path}: {error}") from None
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise ConfigError(f"{path}: a scheme is expected under each name")
    for name, entry in entries.items():
        drawing_of(entry, f"{path}: {name}")
    return entries


def drawing_of(entry: Mapping[str, Any], place: str) -> "Scheme | feynman.Graph":
    """Return what an entry of the file describes; ``place`` begins the message of a fault."""
    return feynman.graph_of(entry, place) if "vertices" in entry else scheme_of(entry, place)


def scheme_of(entry: Mapping[str, Any], place: str) -> Scheme:
    """A scheme from its entry; ConfigError where it is not as the module says, or its arrows lead in a circle."""
    check_keys(entry, KEYS, place, {"back"})
    boxes: dict[str, SchemeBox] = {}
    for stage, of_stage in entry["stages"].items():
        for name, told in of_stage.items():
            here = f"{place}: {name}"
            check_keys(told, BOX_KEYS, here, {"detail", "several"})
            if told["kind"] not in KIND_COLOURS:
                raise ConfigError(f"{here}: unknown kind {told['kind']!r}; {nearest(told['kind'], KIND_COLOURS)}")
            if name in boxes:
                raise ConfigError(f"{here}: stands there already, in stage {boxes[name].stage!r}")
            boxes[name] = SchemeBox(name, stage, **told)
    arrows, back = (
        [edge for chain in entry.get(key, ()) for edge in _edges(chain, boxes, f"{place}: {key}")]
        for key in ("arrows", "back")
    )
    stages = list(entry["stages"])
    for source, target in arrows:
        if stages.index(boxes[source].stage) > stages.index(boxes[target].stage):
            raise ConfigError(f"{place}: arrows: {source} -> {target} leads to a stage before; list it under back")
    try:
        in_order(boxes, arrows)
    except ValueError:
        raise ConfigError(f"{place}: the arrows lead in a circle; list the one that closes it under back") from None
    return Scheme(entry["title"], entry["source"], stages, list(boxes.values()), arrows, back)


def check_keys(entry: Any, allowed: set[str], place: str, optional: set[str]) -> None:
    """ConfigError unless the entry is a mapping that has ``allowed`` keys, all but the optional ones."""
    if not isinstance(entry, Mapping):
        raise ConfigError(f"{place}: {entry!r}, but the keys {', '.join(sorted(allowed))} are expected")
    for key in entry:
        if key not in allowed:
            raise ConfigError(f"{place}: unknown key {key!r}; {nearest(str(key), allowed)}")
    for key in sorted(allowed - optional):
        if not entry.get(key):
            raise ConfigError(f"{place}: {key!r} is missing")


def _edges(chain: str, boxes: Mapping[str, SchemeBox], place: str) -> list[Edge]:
    """The arrows of a chain ``a -> b -> c``."""
    names = [name.strip() for name in chain.split("->")]
    for name in names:
        if name not in boxes:
            raise ConfigError(f"{place}: no box is called {name!r}; {nearest(name, boxes)}")
    if len(names) < 2:
        raise ConfigError(f"{place}: {chain!r} has no arrow; write a -> b")
    return list(pairwise(names))


@styled
def draw_scheme(entry: Mapping[str, Any], place: str) -> Figure:
    """Draw an entry of the file of schemes; ``place`` begins the message of a fault."""
    drawing = drawing_of(entry, place)
    if isinstance(drawing, feynman.Graph):
        return feynman.draw_graph(drawing)
    ways = placed(drawing.boxes, drawing.arrows, drawing.stages)
    boxes = [
        Drawn(box.id, box.stage, box.kind, box.text, box.detail.strip(), box.row, box.column, stacked=box.several)
        for box in drawing.boxes
    ]
    return draw_diagram(
        *(boxes, ways, [Band(stage, "") for stage in drawing.stages]),
        colours=KIND_COLOURS,
        title=drawing.title,
        caption=f"after {drawing.source}",
        back=drawing.back,
    )
