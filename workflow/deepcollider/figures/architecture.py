"""Diagram of a network: its stages from top to bottom, branches side by side, a box a layer (or several equal ones)."""

from collections.abc import Mapping
from pathlib import Path
from shutil import copyfile
from typing import Any

from matplotlib.figure import Figure

from deepcollider.figures.diagram import Band, Drawn, draw_diagram
from deepcollider.figures.layers import KINDS, Box, boxes_of, equal_networks, placed
from deepcollider.figures.style import COLOURS, save, styled
from deepcollider.files import written_whole

KIND_COLOURS = dict(zip(KINDS, (COLOURS[5], COLOURS[0], COLOURS[4], COLOURS[3], COLOURS[2], "#999999"), strict=True))


def in_thousands(number: int) -> str:
    """A whole number with its thousands apart."""
    return f"{number:,}".replace(",", " ")


def title_of(box: Box) -> str:
    """First line of a box: what it is called, and what it does."""
    text = f"{box.depth} × {box.text}" if box.depth > 1 else box.text
    names = f"{box.names[0]} … {box.names[-1]}" if len(box.names) > 2 else ", ".join(box.names)
    return ": ".join(each for each in (names, text) if each)


def detail_of(box: Box) -> str:
    """Second line: the shape of what it gives and its parameters, both times the number of branches."""
    times = f"{box.branches} × " if box.branches > 1 else ""
    shape = f"{times}({', '.join(map(str, box.shape))})"
    if not box.parameters:
        return shape
    count = f"{times}{in_thousands(box.parameters)}"
    return f"{shape}, {count} {'parameters' if box.trainable else 'never trained'}"


def totals_of(description: dict[str, Any]) -> str:
    """Numbers of parameters in words."""
    n, trained = description["parameters"], description["trainable_parameters"]
    which = "all of them trained" if n == trained else f"{in_thousands(trained)} of them trained"
    return f"{description['network']}: {in_thousands(n)} parameters, {which}"


@styled
def draw_architecture(description: dict[str, Any], *, title: str = "") -> Figure:
    """``description``: JSON content as :func:`deepcollider.generators.architecture.describe` gives it."""
    boxes, edges = boxes_of(description)
    ways = placed(boxes, edges, [stage["name"] for stage in description["stages"]])
    drawn = [
        Drawn(
            *(box.id, box.stage, box.kind, title_of(box), detail_of(box), box.row, box.column),
            stacked=box.branches > 1,
            dashed=not box.trainable,
        )
        for box in boxes
    ]
    bands = [
        Band(
            stage["name"],
            f"{in_thousands(stage['parameters'])}\nparameters" if stage["parameters"] else "no parameters",
        )
        for stage in description["stages"]
    ]
    return draw_diagram(drawn, ways, bands, colours=KIND_COLOURS, title=title, caption=totals_of(description))


def save_architectures(
    descriptions: Mapping[str, dict[str, Any]], files: Mapping[str, tuple[str | Path, str | Path]], *, title: str = ""
) -> None:
    """Draw the network of every part; ``files``: part -> (PDF, PNG). Equal networks share a figure."""
    for parts in equal_networks(descriptions):
        first, *others = (files[part] for part in parts)
        save(draw_architecture(descriptions[parts[0]], title=f"{title}: {', '.join(parts)}"), *first)
        for other in others:
            for source, target in zip(first, other, strict=True):
                with written_whole(target) as path:
                    copyfile(source, path)
