"""Graph of a network -> boxes to draw: what belongs together becomes one box, and every box gets its place.

The graph is JSON content: ``nodes`` with id, stage, layer, text, gives, shape, parameters, trainable; ``edges``;
``stages`` (see :mod:`deepcollider.generators.architecture`, which writes it).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Edge = tuple[str, str]


@dataclass
class Box:
    """A layer, or several: ``branches`` equal ones side by side, each of ``depth`` equal layers in a row."""

    id: str
    stage: str
    kind: str
    text: str
    shape: tuple[int, ...]
    parameters: int
    """Of one branch."""
    trainable: bool
    names: list[str] = field(default_factory=list)
    """Of the inputs or outputs that it is."""
    branches: int = 1
    depth: int = 1
    row: int = 0
    column: float = 0.0
    """Distance from the middle, in columns."""


KINDS = ("input", "dense", "normalisation", "code", "output", "other")


def kind_of(node: dict[str, Any], last_stage: str) -> str:
    """Which of KINDS a layer is: what the last stage gives is output, what a stage before it gives is code."""
    if node["layer"] == "InputLayer":
        return "input"
    if node["gives"]:
        return "output" if node["stage"] == last_stage else "code"
    if node["id"] == node["stage"]:  # a stage of a single layer
        return "code"
    if node["layer"].startswith("Dense"):
        return "dense"
    return "normalisation" if node["layer"].endswith("Normalization") else "other"


def equal_networks(descriptions: Mapping[str, dict[str, Any]]) -> list[list[str]]:
    """Parts with the same network together, in the order of the parts."""
    found: list[list[str]] = []
    for part, description in descriptions.items():
        alike = next((parts for parts in found if descriptions[parts[0]] == description), None)
        if alike is None:
            found.append([part])
        else:
            alike.append(part)
    return found


def neighbours(edges: Iterable[Edge]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Node -> the nodes before it, and -> the nodes after it."""
    before, after = defaultdict(list), defaultdict(list)
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    return before, after


def in_order(ids: Iterable[str], edges: Iterable[Edge]) -> list[str]:
    """Nodes so that none comes before those that it needs; of equals, the first stays first."""
    ids, (before, _) = list(ids), neighbours(edges)
    done: dict[str, None] = {}
    while len(done) < len(ids):
        ready = [each for each in ids if each not in done and all(source in done for source in before[each])]
        if not ready:
            raise ValueError("the graph of the network has a circle")
        done |= dict.fromkeys(ready)
    return list(done)


def without_fed_inputs(nodes: list[dict], edges: list[Edge]) -> tuple[list[dict], list[Edge]]:
    """The graph without those inputs that another stage feeds: they would repeat what this gives."""
    source_of = {target: source for source, target in edges}
    fed = {node["id"] for node in nodes if node["layer"] == "InputLayer" and node["id"] in source_of}
    kept = [(source_of.get(source, source) if source in fed else source, target) for source, target in edges]
    return [n for n in nodes if n["id"] not in fed], [edge for edge in kept if edge[1] not in fed]


def equal_branches(nodes: list[dict], edges: list[Edge]) -> dict[str, tuple]:
    """Node -> a key that it shares with its like in branches that differ by no more than a number in their names.

    Two nodes are alike if they are equal themselves, and all that leads to them and all that follows is alike too.
    """
    before, after = neighbours(edges)
    own = {
        node["id"]: (
            *(node["stage"], node["text"] if node["layer"] != "InputLayer" else "", str(node["shape"])),
            *(re.sub(r"\d+", "#", name) for name in (node["id"], node["gives"] or "")),
            *(node["parameters"], node["trainable"]),
        )
        for node in nodes
    }
    order = in_order(own, edges)
    numbers: dict[tuple, int] = {}  # a number in the place of a key, since keys of keys grow without bounds

    def swept(ids: Iterable[str], beside: dict[str, list[str]]) -> dict[str, int]:
        found: dict[str, int] = {}
        for each in ids:
            key = (own[each], tuple(sorted(found[other] for other in beside[each])))
            found[each] = numbers.setdefault(key, len(numbers))
        return found

    down, up = swept(order, before), swept(reversed(order), after)
    return {each: (down[each], up[each]) for each in own}


def boxes_of(description: dict[str, Any]) -> tuple[list[Box], list[Edge]]:
    """Boxes without places, and the edges between them: equal branches are one, and so are equal layers in a row."""
    nodes, edges = without_fed_inputs(description["nodes"], [tuple(edge) for edge in description["edges"]])
    last = description["stages"][-1]["name"]
    keys, boxes, box_of = equal_branches(nodes, edges), {}, {}
    for node in nodes:
        name = node["text"] if node["layer"] == "InputLayer" else node["gives"]
        if keys[node["id"]] not in boxes:
            text = "" if node["layer"] == "InputLayer" else node["text"]
            boxes[keys[node["id"]]] = Box(
                *(node["id"], node["stage"], kind_of(node, last), text, tuple(node["shape"])),
                *(node["parameters"], node["trainable"]),
                branches=0,
            )
        box = boxes[keys[node["id"]]]
        box.branches += 1
        box.names += [name] if name else []
        box_of[node["id"]] = box.id
    joined = list(dict.fromkeys((box_of[source], box_of[target]) for source, target in edges))
    return merged_chains(list(boxes.values()), joined)


def merged_chains(boxes: list[Box], edges: list[Edge]) -> tuple[list[Box], list[Edge]]:
    """Equal layers that follow one another, with no other way in or out, as one box."""
    by_id = {box.id: box for box in boxes}
    for identity in in_order(by_id, edges):
        before, after = neighbours(edges)
        box = by_id[identity]
        if len(before[identity]) != 1 or box.names:
            continue
        first = by_id[before[identity][0]]
        alike = all(getattr(box, what) == getattr(first, what) for what in ("stage", "kind", "text", "branches"))
        if not alike or len(after[first.id]) != 1 or first.names or first.trainable != box.trainable:
            continue
        first.depth, first.parameters = first.depth + 1, first.parameters + box.parameters
        edges = [(first.id if source == identity else source, target) for source, target in edges if target != identity]
        del by_id[identity]
    return list(by_id.values()), edges


def placed(boxes: list[Box], edges: list[Edge], stages: list[str]) -> dict[Edge, list[tuple[float, int]]]:
    """Give every box its row and column; edge -> (column, row) of the free places that it passes on its way.

    A row for every step from the inputs, none shared by two stages. An edge over several rows keeps a place free in
    each of them, as does the end of a branch down to the end of its stage: branches stay in their columns.
    """
    before, after = neighbours(edges)
    start = 0
    for stage in stages:
        own = [box for box in boxes if box.stage == stage]
        by_id = {box.id: box for box in boxes}
        for identity in in_order([box.id for box in own], [e for e in edges if {by_id[i].stage for i in e} == {stage}]):
            rows = [by_id[source].row + 1 for source in before[identity]]
            by_id[identity].row = max([start, *rows])
        start = max(box.row for box in own) + 1
    ends = {stage: max(box.row for box in boxes if box.stage == stage) for stage in stages}
    rows: dict[int, list[tuple]] = defaultdict(list)  # row -> (what is there, what it hangs on, rank)
    rank = ranks(boxes, after)
    for box in boxes:
        rows[box.row].append((box.id, before[box.id], rank[box.id]))
        if not after[box.id]:
            hang_down(rows, (box.id, None), box.id, range(box.row + 1, ends[box.stage] + 1), rank[box.id])
    for source, target in edges:
        passed = range(by_id[source].row + 1, by_id[target].row)
        hang_down(rows, (source, target), source, passed, min(rank[source], rank[target]))
    column: dict = {}
    for row in sorted(rows):
        level = sorted(rows[row], key=lambda place: (middle(place, row, column), place[2]))
        for position, (what, *_) in enumerate(level):
            column[what if isinstance(what, str) else (what, row)] = position - (len(level) - 1) / 2
    for box in boxes:
        box.column = column[box.id]
    return {edge: [(column[edge, row], row) for row in sorted(rows) if (edge, row) in column] for edge in edges}


def hang_down(rows: dict[int, list[tuple]], what: tuple, first: str, passed: range, rank: int) -> None:
    """Keep a place free in each of the rows that are ``passed``, under the box ``first``."""
    for row in passed:
        rows[row].append((what, [first if row == passed.start else (what, row - 1)], rank))


def middle(place: tuple, row: int, column: dict) -> float:
    """Mean column of what a place hangs on; boxes that hang on nothing stay in the order of their ranks."""
    found = [column[each] for each in place[1] if each in column]
    return sum(found) / len(found) if found else 0.0


def ranks(boxes: list[Box], after: dict[str, list[str]]) -> dict[str, int]:
    """Order of boxes side by side: inputs and outputs as they were declared, the others as the outputs they lead to."""
    position = {box.id: number for number, box in enumerate(boxes)}
    named = {box.id for box in boxes if box.names}
    found: dict[str, int] = {}

    def rank(identity: str) -> int:
        if identity not in found:
            following = [] if identity in named else [rank(target) for target in after[identity]]
            found[identity] = min(following, default=position[identity])
        return found[identity]

    return {box.id: rank(box.id) for box in boxes}
