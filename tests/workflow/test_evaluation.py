"""The evaluation in the whole workflow: what it is allowed to see, and that its tables and figures are there."""

import csv
import io

import pandas as pd
import pytest

from tests.workflow.harness import run_snakemake

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def readers(finished) -> dict[str, set[str]]:
    """File -> rules whose jobs have it as an input, from Snakemake's own account of the run."""
    summary = run_snakemake(finished, "--detailed-summary").stdout
    found: dict[str, set[str]] = {}
    for line in csv.DictReader(io.StringIO(summary), delimiter="\t"):
        for path in line["input-file(s)"].split(","):
            found.setdefault(path, set()).add(line["rule"])
    return found


def test_training_events_are_seen_by_training_and_memorisation_alone(readers):
    assert readers["results/splits/ttbar/train.h5"] == {"split_particles", "fit_masks", "memorisation"}
    parts = {path: rules for path, rules in readers.items() if path.startswith("results/parts/particles/ttbar/train/")}
    assert len(parts) == 8
    assert set().union(*parts.values()) == {"train"}
    # these hold the training events too: nothing reads them but what splits them, and the exploration of the samples
    assert readers["results/shuffled/ttbar.h5"] == {"split"}
    assert readers["results/events/ttbar.h5"] == {"shuffle", "summarise_events"}


def test_test_and_floor_events_are_seen_by_no_training(readers):
    for split in ("test", "floor"):
        assert not readers[f"results/splits/ttbar/{split}.h5"] & {"train", "fit_masks", "split_particles", "generate"}


def test_the_table_is_the_same_as_parquet(finished):
    table = pd.read_csv(finished / "results/tables/metrics.csv", keep_default_na=False, na_values=[""])
    typed = pd.read_parquet(finished / "results/tables/metrics.parquet")
    pd.testing.assert_frame_equal(table, typed, check_dtype=False)
    assert all(pd.api.types.is_numeric_dtype(typed[name]) for name in ("value", "error", "floor", "n_generated"))
