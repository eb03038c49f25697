"""Tables that only the report on variational systems has: correlations, and the best of the thesis."""

from collections.abc import Sequence

import pandas as pd

from deepcollider.reports.family_tables import table_of
from deepcollider.reports.generated_samples import Sample
from deepcollider.reports.overview_tables import marked
from deepcollider.reports.published_tables import beside_published
from deepcollider.reports.rounding import NOTHING

PAIRS = (("met", "jet1_pt"), ("met", "jet1_energy"), ("met", "jet2_pt"), ("jet1_pt", "jet2_pt"))
"""Pairs of features whose correlation is shown: MET with jets, and jets with each other."""


def _published_correlation(published: pd.DataFrame, sample: Sample, pair: tuple[str, str]) -> str:
    """As printed, of the events that the thesis generated in the same experiment on the same process."""
    of = sample.entry["published"] or {}
    wanted = {**of, "process": sample.process, "feature_1": pair[0], "feature_2": pair[1]}
    found = published[(published[list(wanted)] == pd.Series(wanted)).all(axis=1)] if of else published.iloc[:0]
    return f"{found['value'].item():g}" if len(found) else NOTHING


def correlations_table(samples: Sequence[Sample], published: pd.DataFrame) -> pd.DataFrame:
    """Correlation of each of PAIRS in the generated events, in truth, and in those that the thesis generated.

    ``published``: resources/published_generated_correlations.csv.
    """

    def row(sample: Sample) -> dict[tuple[str, str], str]:
        cells = {}
        for pair in PAIRS:
            ours, truth = sample.correlation(*pair)
            columns = {"ours": str(ours), "truth": str(truth)}
            columns["published"] = _published_correlation(published, sample, pair)
            cells |= {(" – ".join(pair), column): text for column, text in columns.items()}
        return cells

    table = table_of(samples, row)
    return table.set_axis(pd.MultiIndex.from_tuples(table.columns), axis="columns")


def best_of_thesis(best: pd.DataFrame) -> pd.DataFrame:
    """Table 8.1 of the VAE thesis beside ours, from the table of the best of each experiment on ttbar."""
    published = best[best["WD_published"].notna()]
    names = [marked(f"{row['experiment']}: {row['setting']}", row) for _, row in published.iterrows()]
    table = beside_published(published, names)
    return table[[column for column in table if (column[0], "published") in table]]
