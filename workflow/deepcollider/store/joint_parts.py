"""Part files of several samples joined into one, each row followed by the conditions of its sample."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from deepcollider.features.conditions import with_conditions
from deepcollider.features.view import View
from deepcollider.store.part_files import PartReader, RunningMoments
from deepcollider.store.rows import BLOCK_ROWS, RowWriter


def join_parts(
    sources: dict[str, str | Path],
    conditions: dict[str, Sequence[float]],
    view: View,
    part: str,
    output: str | Path,
    seed: int,
) -> dict[str, int]:
    """Write all rows of the files of a part of samples, in random order; return the rows of each sample.

    ``conditions`` has the numbers (C,) of each sample, which become the columns ``condition_1``, ... behind those of
    the view; they are not scaled. Each file is read once, in order, so its rows must be shuffled already: which sample
    the next row is of is drawn, without replacement. Memory stays constant.
    """
    names = view.columns(part)
    (n_conditions,) = {len(conditions[sample]) for sample in sources}
    columns = (*names, *(f"condition_{number}" for number in range(1, n_conditions + 1)))
    is_scaled = np.array([column in names and column not in view.unscaled(part) for column in columns])
    rng, moments = np.random.default_rng(seed), RunningMoments(len(columns))
    with ExitStack() as stack:
        readers = {sample: stack.enter_context(PartReader(path)) for sample, path in sources.items()}
        writer = stack.enter_context(RowWriter(output, {"features": (np.dtype("f4"), (len(columns),))}))
        left, read = np.array([len(reader) for reader in readers.values()]), dict.fromkeys(readers, 0)
        while left.sum():
            taken = rng.multivariate_hypergeometric(left, min(BLOCK_ROWS, left.sum()))
            blocks = []
            for (sample, reader), n in zip(readers.items(), taken, strict=True):
                rows = reader.read(read[sample], read[sample] + n)["features"]
                blocks.append(with_conditions(rows, conditions[sample]))
                read[sample] += n
            left -= taken
            rows = rng.permutation(np.concatenate(blocks))
            moments.add(rows)
            writer.append(features=rows)
        writer.attributes |= {
            "events_file": ", ".join(sources),
            "view": view.name,
            "part": part,
            "columns": columns,
            "n_rows": writer.written,
            "n_events": sum(reader.attributes["n_events"] for reader in readers.values()),
            "conditions": {sample: [float(value) for value in conditions[sample]] for sample in sources},
            "seed": seed,
            **moments.scales(is_scaled),
        }
    return {sample: len(reader) for sample, reader in readers.items()}
