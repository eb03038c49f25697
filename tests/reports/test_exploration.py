"""Tables and findings of the reports on the samples, from made-up tests and matrices whose answer is known."""

import numpy as np
import pandas as pd
import pytest

from deepcollider.metrics.correlation import FEATURE_LABELS
from deepcollider.metrics.distributions import FEATURES, summarise
from deepcollider.metrics.shape_tests import check_shapes
from deepcollider.reports import exploration, ntuple_tables

NAMES = list(FEATURE_LABELS)


def checks_of(**shapes):
    """Tests of made-up samples: a function that draws values, by process and feature."""
    tables = []
    for process, draw in shapes.items():
        tables.append(check_shapes({feature.name: draw(feature) for feature in FEATURES}).assign(process=process))
    return pd.concat(tables, ignore_index=True)


def as_the_thesis_says(feature):
    rng = np.random.default_rng(sum(map(ord, feature.name)))
    if feature.log10:
        return 10 ** rng.normal(2, 0.3, 1500)
    return rng.triangular(-2.3, 0, 2.3, 1500) if feature.feature == "eta" else rng.uniform(-np.pi, np.pi, 1500)


def otherwise(feature):
    rng = np.random.default_rng(1)
    if feature.log10:
        return rng.uniform(100, 110, 1500)
    return rng.uniform(-2, 2, 1500) if feature.feature == "eta" else rng.normal(0, 1, 1500)


def test_shapes_as_the_thesis_says():
    checks = checks_of(ttbar=as_the_thesis_says)
    assert "closer to normal than the value in 16 of 16 cases" in exploration.normality_finding(checks)
    assert "Verdict: as the thesis says" in exploration.uniformity_finding(checks)
    assert "uniform one in 7 of 7" in exploration.eta_finding(checks)


def test_other_shapes_are_called_so():
    checks = checks_of(ttbar=otherwise)
    assert "rejected at 5% in 16 of all 16" in exploration.normality_finding(checks)
    assert "not quite uniform" in exploration.uniformity_finding(checks)


def test_tables_have_a_row_a_feature_and_a_column_a_process():
    checks = checks_of(ttbar=as_the_thesis_says, stop_02=otherwise)
    normal = exploration.normality_table(checks)
    assert list(normal.columns) == ["ttbar", "stop_02"]
    assert len(normal) == 16 and list(normal.index[:3]) == ["met", "total_energy", "bjet energy"]
    row = checks[(checks["process"] == "ttbar") & (checks["kind"] == "jet") & (checks["feature"] == "pt")]
    by_scale = row.set_index("scale")["statistic"]
    assert normal.loc["jet pt", "ttbar"].startswith(f"{by_scale['log10']:.3f} / {by_scale['raw']:.3f}")
    assert exploration.uniformity_table(checks).shape == (8, 2)
    assert exploration.eta_table(checks).shape == (7, 2)


def test_samples_without_values_are_said_to_be_so():
    checks = checks_of(ttbar=lambda feature: np.zeros(0))
    for finding in (exploration.normality_finding, exploration.uniformity_finding, exploration.eta_finding):
        assert finding(checks) == "Too few values for any test."
    for table in (exploration.normality_table, exploration.uniformity_table, exploration.eta_table):
        assert (table(checks) == "–").all().all()


def correlations(shift=0.1, zero_shift=0.3):
    """Published correlations of 0.2 everywhere, and ours higher by ``shift``; MET and lepton pt much lower."""
    published = pd.DataFrame(np.where(np.eye(11, dtype=bool), 1.0, 0.2), index=NAMES, columns=NAMES)
    ours = published.to_numpy() + shift
    lepton = NAMES.index("lepton1_pt")
    ours[0, lepton] = ours[lepton, 0] = -0.1
    part = {"events": 10, "pairwise": ours.tolist()}
    found = {
        "pairwise": ours.tolist(),
        "error": np.full((11, 11), 0.01).tolist(),
        "zero_filled": (published.to_numpy() + zero_shift).tolist(),
        "events": np.full((11, 11), 20).tolist(),
        "slices": {"no lepton": part, "HT < 200 GeV": part},
    }
    return found, published


def test_correlation_pairs_and_what_they_tell():
    pairs = exploration.correlation_pairs(*correlations())
    assert len(pairs) == 55 and pairs["group"].value_counts()["jets and jets"] == 28
    worst = pairs.loc[pairs["difference"].abs().idxmax()]
    assert (worst["pair"], worst["difference"]) == ("met – lepton1_pt", pytest.approx(-0.3))
    finding = exploration.correlation_finding(pairs)
    assert f"difference over 55 pairs {(54 * 0.1 + 0.3) / 55:.3f}" in finding
    assert "55 pairs differ by more than three" in finding and "pairwise complete events come closer" in finding
    assert exploration.largest_differences(pairs).index[0] == "met – lepton1_pt"
    groups = exploration.correlation_groups(pairs)
    assert groups.loc["MET and jets", "difference"] == "+0.100"


def test_the_other_convention_is_preferred_where_it_fits_better():
    pairs = exploration.correlation_pairs(*correlations(shift=0.3, zero_shift=0.1))
    assert "zeros for missing objects come closer" in exploration.correlation_finding(pairs)


def test_difference_that_no_part_of_the_sample_shows_remains_open():
    found, published = correlations(shift=0.0)
    finding = exploration.slices_finding(found, published, simulated=True)
    assert "leading jet (pt): +0.20 against +0.20." in finding
    assert finding.count("It remains open") == 1
    lepton = NAMES.index("lepton1_pt")
    found["slices"]["one lepton"] = {"events": 5, "pairwise": [[0.19 if i == lepton else 0.2 for i in range(11)]]}
    finding = exploration.slices_finding(found, published, simulated=True)
    assert "nearest to the published one in events with one lepton (+0.19)" in finding
    assert "remains open" not in finding


def test_too_few_events_for_correlations():
    found, published = correlations()
    nothing = [[None] * 11 for _ in range(11)]
    found |= {"pairwise": nothing, "error": nothing, "zero_filled": nothing}
    found["slices"] = {"no lepton": {"events": 3, "pairwise": nothing}}
    pairs = exploration.correlation_pairs(found, published)
    assert exploration.correlation_finding(pairs) == "Too few events for any correlation."
    assert exploration.slices_finding(found, published, simulated=True) == ""
    exploration.slices_table(found, published)


def test_table_of_samples():
    summary = summarise([], seed=1)[0] | {"n_events": 90, "n_objects": {"jet": 400, "photon": 9}, "doi": None}
    given = {"source": "own.csv", "counts": {"quarantined": 2, "rejected": 8, "truncated": 1}}
    made = {"source": "ttbar.csv", "counts": {"quarantined": 0, "rejected": 0, "truncated": 0}}
    summaries = {"ttbar": summary | made, "ww": summary | given | {"repeated_events": 7}}
    statistics = {"ttbar": {"efficiency": 0.94, "sigma_fb": 4.5e5, "ms_per_accepted_event": 16.2, "n_truncated": 3}}
    table = exploration.samples_table(summaries, statistics, {"ttbar": "pythia", "ww": "file"})
    assert table.loc["ttbar", ["truncated", "selection efficiency", "CPU ms/event"]].tolist() == [3, "0.940", "16.2"]
    assert table.loc["ww", ["events", "objects", "quarantined", "rejected"]].tolist() == [90, 409, 2, 8]
    assert table.loc["ww", "selection efficiency"] == "–"
    assert table["repeated"].to_dict() == {"ttbar": 0, "ww": 7}
    finding = exploration.sample_finding(table)
    assert "180 events of 2 processes with 818 objects; 2 unreadable" in finding
    assert finding.endswith("hold, 7 events that repeat an earlier one of their file.")


def test_trilepton_tables():
    counts = {"read": 1000, "kept": 250, "without_z": 3, "not_finite": 0}
    made = {"sigma_fb": 80.0, "efficiency": 1.0, "ms_per_accepted_event": 12.0}
    groups, sources = {"WZ": "background", "own": "signal"}, {"WZ": "pythia", "own": "file"}
    table = ntuple_tables.trilepton_samples({"WZ": counts, "own": counts}, {"WZ": made}, sources, groups)
    assert table.loc["WZ", ["fraction", "selected cross section [fb]"]].tolist() == ["25.00 %", "20 ± 1.3"]
    assert table.loc["own", "selected cross section [fb]"] == "–"
    told = counts | {"repeated_events": 4, "met": "PuppiMET"}
    table = ntuple_tables.trilepton_samples({"own": told}, {}, sources, groups)
    assert table.loc["own", ["repeated", "MET"]].tolist() == [4, "PuppiMET"]
    yields = {"WZ": {channel: {"events": 10, "with_z": 9} for channel in "ABCD"}}
    assert ntuple_tables.yields_table(yields).loc["WZ"].tolist() == ["10 (9)"] * 4 + ["40"]
    matrix = {"variables": ["a", "b", "c"], "matrix": [[1.0, -0.8, None], [-0.8, 1.0, 0.3], [None, 0.3, 1.0]]}
    assert ntuple_tables.strongest_correlations(matrix)["correlation"].to_dict() == {"a – b": "-0.80", "b – c": "+0.30"}
    assert ntuple_tables.undefined_pairs(matrix) == 1


def test_dilepton_baseline_needs_both_classes():
    fine = {"counts": [50] + [0] * 199 + [50] + [0] * 799, "below": 0, "above": 0, "missing": 0}
    distributions = {"tt": {"met_cuts": fine}, "dm": {"met_cuts": fine}}
    groups = {"tt": "background", "dm": "signal"}
    found = ntuple_tables.met_baseline(distributions, groups)
    assert found["accuracy"] == pytest.approx(0.5)
    assert "differs from the published accuracy: -0.201" in ntuple_tables.met_finding(found)
    assert ntuple_tables.met_baseline_table(found).loc["the published cut, as published", "accuracy"] == "0.701"
    assert ntuple_tables.met_baseline({"tt": distributions["tt"]}, groups) is None
