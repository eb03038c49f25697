"""The table that only the report on adversarial systems has: speed beside that of the thesis."""

from collections.abc import Sequence

import pandas as pd

from deepcollider.reports.family_tables import table_of
from deepcollider.reports.generated_samples import Sample
from deepcollider.reports.rounding import NOTHING, plain, whole
from deepcollider.reports.thesis_tables import is_of_system


def _published_time(sample: Sample, reference: pd.DataFrame) -> float:
    """Milliseconds an event of the published row of the same experiment, process and system; NaN without one."""
    of = sample.entry["published"] or {"source": None}
    rows = reference[(reference["source"] == of["source"]) & (reference["process"] == sample.process)]
    found = [row for _, row in rows.iterrows() if is_of_system(row, sample.entry["system"])]
    return found[0]["generation_ms_per_event"] if found else float("nan")


def speed_table(samples: Sequence[Sample], reference: pd.DataFrame) -> pd.DataFrame:
    """Time an event, that of the thesis, and how many times as fast we are."""

    def row(sample: Sample) -> dict[str, str]:
        theirs = _published_time(sample, reference)
        return {
            "ms/event": str(sample.milliseconds),
            "in batches of": NOTHING if sample.batch is None else whole(sample.batch),
            "published": plain(theirs),
            "times as fast": plain(theirs / sample.milliseconds.value),
        }

    return table_of(samples, row)
