"""Skimmed samples joined in random order, each row still known by the Dataset_ID of its sample (anomaly thesis 3.3)."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from deepcollider.store.rows import RowFileError, RowReader
from deepcollider.store.shuffle import mix


def mix_samples(
    sources: Iterable[str | Path],
    output: str | Path,
    signal: Iterable[str],
    seed: int,
    bucket_rows: int = 250_000,
    same: Iterable[str] = ("units",),
    attributes: dict[str, Any] | None = None,
) -> int:
    """Join the rows of several samples in an order drawn at random; return their number.

    Each source has the attributes ``sample`` and ``Dataset_ID``. The output's ``dataset_ids`` names the sample of each
    Dataset_ID, ``signal`` holds the ids of the signal samples, ``counts`` the rows by sample; the attributes ``same``
    must agree, and are kept; ``attributes`` are added. Raises RowFileError if the samples do not go together, or have
    no row at all.
    """
    sources, signal, same = list(sources), set(signal), tuple(same)
    if not sources:
        raise RowFileError("no samples to mix; add some under ntuples: in the configuration")
    ids: dict[int, str] = {}
    counts: dict[str, int] = {}
    common: dict[str, Any] = {}
    for source in sources:
        with RowReader(source) as reader:
            sample, dataset_id = reader.attributes["sample"], reader.attributes["Dataset_ID"]
            found, n_rows = {name: reader.attributes[name] for name in same}, len(reader)
        if dataset_id in ids:
            raise RowFileError(
                f"{sample} and {ids[dataset_id]} both have the Dataset_ID {dataset_id} and could not be told apart; "
                "give one of them another in config/ntuples.tsv"
            )
        common = common or found
        if different := [name for name in same if found[name] != common[name]]:
            raise RowFileError(
                f"{source}: was made with other {', '.join(different)} than {sources[0]}; delete both and let the "
                "workflow make them again"
            )
        ids[dataset_id], counts[sample] = sample, n_rows
    if not sum(counts.values()):
        raise RowFileError(
            f"none of the samples {', '.join(counts)} has an event that passed; simulate more "
            "(ntuples.<id>.events), or loosen the cuts"
        )
    attributes = {
        **common,
        **(attributes or {}),
        "dataset_ids": ids,
        "signal": [number for number, sample in ids.items() if sample in signal],
        "counts": counts,
    }
    return mix(sources, output, seed, bucket_rows, attributes)
