"""Splits that all have the same combinations of objects, of the most frequent ones (GAN thesis 7.1.1)."""

from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from tqdm import tqdm

from deepcollider.features.masks import Mask, count_masks, most_frequent
from deepcollider.features.view import View
from deepcollider.physics.events import counts_per_kind
from deepcollider.store.event_files import EventReader, EventWriter
from deepcollider.store.rows import BLOCK_ROWS, RowFileError


def borders_of(frequencies: dict[Mask, int], fractions: dict[str, float], seed: int) -> dict[Mask, np.ndarray]:
    """Of each combination, how many events come before the end of each split.

    Each split gets its fraction of every combination, rounded down or up: at random, so that the splits of many rare
    combinations have their sizes on average.
    """
    shares = np.cumsum(list(fractions.values()))
    rng = np.random.default_rng(seed)
    shifts = dict(zip(sorted(frequencies), rng.random(len(frequencies)), strict=True))
    return {
        mask: np.minimum(np.floor(shares * n + shifts[mask] + 1e-9), n).astype(int) for mask, n in frequencies.items()
    }


def assign(counts: np.ndarray, borders: dict[Mask, np.ndarray], seen: Counter) -> np.ndarray:
    """Number of the split of each event, (N,); that of no split, or of a combination without borders, is past the last.

    ``counts`` (N, 7); ``seen`` says how many events of each combination came before, and is brought up to date.
    """
    n_splits = len(next(iter(borders.values())))
    found = np.full(len(counts), n_splits)
    masks, which = np.unique(counts, axis=0, return_inverse=True)
    which = which.reshape(-1)
    for i, mask in enumerate(map(tuple, masks.tolist())):
        if mask in borders:
            rows = np.flatnonzero(which == i)
            found[rows] = np.searchsorted(borders[mask], seen[mask] + np.arange(len(rows)), side="right")
            seen[mask] += len(rows)
    return found


def split_most_frequent(
    source: str | Path,
    view: View,
    outputs: dict[str, str | Path],
    fractions: dict[str, float],
    seed: int,
    min_train: int = 1000,
    show_progress: bool = True,
) -> dict[str, int]:
    """Split the events of the most frequent combinations of objects in a shuffled file; return the size of each split.

    These are combinations that the view accepts, in the order of their frequency, up to its ``frequent_fraction`` of
    all events. Raises RowFileError, with nothing written, if fewer than ``min_train`` are left for training.
    """
    with EventReader(source) as reader, ExitStack() as stack:
        total = -(-len(reader) // BLOCK_ROWS)

        def blocks(what):
            return tqdm(reader.event_batches(), what, total, unit="block", mininterval=2.0, disable=not show_progress)

        frequencies, accepted = Counter(), Counter()
        for batch in blocks("combinations"):
            counts = counts_per_kind(batch.objects)
            frequencies += count_masks([counts])
            accepted += count_masks([counts[view.accepts(batch)]])
        frequent, _ = most_frequent(frequencies, view.frequent_fraction)
        kept = {mask: accepted[mask] for mask in frequent if mask in accepted}
        n_kept = sum(kept.values())
        n_train = int(n_kept * fractions["train"])
        if n_train < max(1, min_train):
            raise RowFileError(
                f"{source}: of {len(reader)} events, {n_kept} have one of the {len(kept)} combinations of objects that "
                f"make up {100 * view.frequent_fraction:g} % of them, and about {n_train} would be for training; on "
                f"fewer than {min_train} it is refused. Take more events, or lower split.min_train in the configuration"
            )
        added = {
            "selection": view.name,
            "selected_of": len(reader),
            "combinations": len(kept),
            "frequent_fraction": view.frequent_fraction,
            "fractions": fractions,
        }
        writers = [
            stack.enter_context(EventWriter(outputs[name], {**reader.attributes, **added, "split": name}))
            for name in fractions
        ]
        borders, seen = borders_of(kept, fractions, seed), Counter()
        for batch in blocks("splitting"):
            which = assign(counts_per_kind(batch.objects), borders, seen)
            for number, writer in enumerate(writers):
                writer.append_events(batch.take(which == number))
    return {name: writer.written for name, writer in zip(fractions, writers, strict=True)}
