"""Events drawn from the autoregressive mixture: object after object, in compiled chunks on all threads."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
from keras import ops

from deepcollider.features.conditions import with_conditions
from deepcollider.features.views.sequences import IS_JET, SequenceScaler, classes_of, slot_codes
from deepcollider.generators.backend_tensorflow import graph_of_rows, n_threads
from deepcollider.generators.networks.layers import looked_up
from deepcollider.generators.networks.mixtures import CIRCLE, LINE, wrap
from deepcollider.generators.networks.partners import BJET, HISTORY, JET, N_KINDS, SEEN, Others
from deepcollider.generators.networks.resonances import angle_of
from deepcollider.physics.acceptance import JET_RADIUS
from deepcollider.physics.kinds import MAX_OBJECTS

if TYPE_CHECKING:
    from deepcollider.generators.networks.autoregressive import AutoregressiveMixture

MOST_HARDNESS = float(np.log(6500.0 / 15.0))
"""No object can be harder than half of the energy of the collision, 13 TeV."""

CHUNK = 2048
"""Events that are generated at a time: few enough for the tensors to stay in the cache of a core."""

TRIES = 4
"""Angles phi of a jet that are drawn, of which the first is taken that does not put it into another jet."""

LOOKED_AT = (0, 1, 2, 3, HISTORY)
"""Of how many earlier objects partners are looked at, in a graph for each: the first objects have no more."""

MANY_CHUNKS = 16
"""Compiling a graph takes seconds: for fewer chunks there is one graph, for all objects."""


class Drawing:
    """Draws events from a network; ``graphs`` by (number of objects or None for any, of earlier ones looked at)."""

    def __init__(self, network: "AutoregressiveMixture"):
        self.network = network
        self.graphs = {}

    def apart(self, codes, classes, eta, tries, before):
        """The first phi (M,) of tries (M, T) that puts no jet into one of those before (M, H, SEEN); else the last."""
        if not before.shape[1]:
            return tries[:, 0]
        of_jets = looked_up(IS_JET, codes)[:, None] * (before[..., BJET] + before[..., JET])
        d_eta = before[..., N_KINDS + 1] - self.network.physical_eta(codes, classes, eta)[:, None]
        d_phi = wrap(tries[..., None] - angle_of(before[..., N_KINDS + 2], before[..., N_KINDS + 3])[:, None])
        inside = ops.square(d_phi) + ops.square(d_eta)[:, None] < JET_RADIUS**2
        merged = ops.sum(ops.cast(inside, "float32") * of_jets[:, None], axis=-1) > 0
        phi = tries[:, -1]
        for earlier in reversed(range(tries.shape[1] - 1)):
            phi = ops.where(merged[:, earlier], phi, tries[:, earlier])
        return phi

    def next_objects(self, n_others, facts, met, codes, classes, rank, before, momenta, sums, uniform, normal):
        """Objects (M,) drawn after those before: (hardness, eta, phi, mass) (M, 4), and the new history and sums.

        No more than ``n_others`` objects may be there before any of them.
        """
        network = self.network
        context = network.context(network.given(facts, met, classes, rank, before, sums))
        pt = LINE.draw(network.head("pt", context), uniform[:, 0], normal[:, 0])
        mean, std = (looked_up(scale, classes) for scale in network.scales["pt"])
        coordinate = mean + std * pt
        hardness = ops.where(
            classes % 2 == 1,
            ops.minimum(ops.softplus(coordinate), MOST_HARDNESS),
            ops.sigmoid(coordinate) * before[:, 0, N_KINDS],
        )
        near = beside = None
        if n_others:
            own, hard = network.own(context, codes, hardness), network.transverse(codes, hardness)
            others = Others(before[:, :n_others, :N_KINDS], momenta[:, :n_others])
            near = network.near(own, others, codes, classes, hard)
        eta = LINE.draw(network.head("eta", context, pt, hardness), uniform[:, 1], normal[:, 1], near)
        if n_others:
            beside = network.beside(own, others, codes, classes, hard, eta, sums)
        raw = network.head("phi", context, pt, hardness, eta)
        tries = CIRCLE.draws(raw, uniform[:, 3:], normal[:, 3:], beside)
        phi = self.apart(codes, classes, eta, tries, before[:, :n_others])
        raw = network.head("mass", context, pt, hardness, eta, ops.cos(phi), ops.sin(phi))
        is_jet = looked_up(IS_JET, codes)
        mass = is_jet * LINE.draw(raw, uniform[:, 2], normal[:, 2])
        seen = network.seen(codes, classes, hardness, eta, phi, mass)
        latest = seen, network.momenta(codes, classes, hardness, eta, phi, mass)
        history = [
            ops.concatenate([new[:, None], old[:, :-1]], axis=1)
            for new, old in zip(latest, (before, momenta), strict=True)
        ]
        return ops.stack([hardness, eta, phi, mass], axis=-1), *history, sums + network.summand(seen)

    def graph(self, rows: int | None, n_others: int = HISTORY) -> Callable:
        """:meth:`next_objects` as a graph, for any number of objects or compiled for one."""
        if (rows, n_others) not in self.graphs:
            shapes = [
                ((self.network.n_facts,), "float32"),
                ((), "float32"),
                ((), "int32"),
                ((), "int32"),
                ((), "float32"),
            ]
            shapes += [((HISTORY, SEEN), "float32"), ((HISTORY, 4), "float32"), ((self.network.sum_size,), "float32")]
            shapes += 2 * [((3 + TRIES,), "float32")]
            self.graphs[rows, n_others] = graph_of_rows(partial(self.next_objects, n_others), shapes, rows)
        return self.graphs[rows, n_others]

    @cached_property
    def met_graph(self) -> Callable:
        """Scaled MET (M,) drawn, given the facts of events (M, facts), a uniform and a normal number of each."""
        shapes = [((self.network.n_facts,), "float32"), ((), "float32"), ((), "float32")]
        return graph_of_rows(lambda facts, uniform, normal: LINE.draw(self.network.met(facts), uniform, normal), shapes)

    def events(
        self, counts: np.ndarray, conditions: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, dict]:
        """Events with so many objects of each kind (N, 7): log MET (N,), kind codes (N, 20), coordinates (N, 20).

        ``conditions`` (C,) are those of all of them.
        Events with as many objects are made together, slot by slot, in chunks. Each is made by one thread, with random
        numbers of its own: how many threads there are changes nothing. For more than one chunk the network is compiled,
        and the last chunk filled up; for many it is compiled more than once, so that the first objects of events need
        not look for partners that are not there. Results of all these ways differ by rounding.
        """
        counts = np.asarray(counts)
        codes = slot_codes(counts)
        found = np.zeros((len(counts), MAX_OBJECTS, 4), np.float32)
        met = np.zeros(len(counts), np.float32)
        facts = with_conditions(np.log1p(counts), conditions)
        order = np.argsort(-counts.sum(axis=1), kind="stable")
        chunks = [order[first : first + CHUNK] for first in range(0, len(order), CHUNK)]
        size = CHUNK if len(chunks) > 1 else None
        graphs = {n: self.graph(size, n) for n in (LOOKED_AT if len(chunks) >= MANY_CHUNKS else LOOKED_AT[-1:])}

        def make(rows: np.ndarray, own: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
            filled = np.pad(rows, (0, size - len(rows)), mode="edge") if size else rows
            of_chunk = self.chunk(graphs, facts[filled], codes[filled], own)
            return tuple(each[: len(rows)] for each in of_chunk)

        with ThreadPoolExecutor(n_threads()) as pool:
            for rows, of_chunk in zip(chunks, pool.map(make, chunks, rng.spawn(len(chunks))), strict=True):
                met[rows], found[rows] = of_chunk
        return self.physical(met, codes, found)

    def chunk(
        self, graphs: dict[int, Callable], facts: np.ndarray, codes: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Scaled MET (M,) and values (M, 20, 4) of events; those of slots without an object mean nothing.

        ``graphs`` by the number of earlier objects that they look at, growing; an object takes the first that will do.
        """
        n = len(facts)
        met = self.met_graph(facts, rng.random(n, np.float32), rng.standard_normal(n, np.float32))
        found = np.zeros((n, MAX_OBJECTS, 4), np.float32)
        before, momenta = np.zeros((n, HISTORY, SEEN), np.float32), np.zeros((n, HISTORY, 4), np.float32)
        sums = np.zeros((n, self.network.sum_size), np.float32)
        for slot, classes, rank in self.slots(codes):
            graph = next((graphs[n] for n in graphs if n >= slot), graphs[max(graphs)])
            values, before, momenta, sums = graph(
                facts,
                met,
                codes[:, slot].astype(np.int32),
                classes,
                rank,
                before,
                momenta,
                sums,
                rng.random((n, 3 + TRIES), np.float32),
                rng.standard_normal((n, 3 + TRIES), np.float32),
            )
            found[:, slot] = values
        return ops.convert_to_numpy(met), found

    @staticmethod
    def slots(codes: np.ndarray) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """(slot, class, rank (both of these)) of all slots that any of the events has."""
        classes = classes_of(codes)
        positions = np.arange(MAX_OBJECTS)
        firsts = np.where((classes % 2 == 1) & (codes > 0), positions, 0)
        ranks = np.log1p(positions - np.maximum.accumulate(firsts, axis=1)).astype(np.float32)
        for slot in np.flatnonzero((codes > 0).any(axis=0)):
            yield int(slot), classes[:, slot].astype(np.int32), ranks[:, slot]

    def physical(self, met: np.ndarray, codes: np.ndarray, found: np.ndarray):
        """log MET, codes and coordinates without scales."""
        scaler = SequenceScaler.from_config(self.network.scaler)
        mean, std = scaler.scales("met")
        classes = classes_of(codes)
        values = dict(zip(("hardness", "eta", "phi", "mass"), np.moveaxis(found, -1, 0), strict=True))
        for name in ("eta", "mass"):
            shift, scale = scaler.scales(name)
            values[name] = shift[classes] + scale[classes] * values[name]
        return mean + std * met, codes, values
