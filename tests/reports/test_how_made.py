"""What a report says about where events come from, and about networks and mixtures."""

import pytest

from deepcollider.physics.events import empty_events
from deepcollider.reports.how_made import frequent_events, mixtures_table, n_events, networks_table, sentences, uses
from deepcollider.store.event_files import EventWriter

NOISE = {
    **{"seeds": None, "truth": "test", "floor": "floor", "n_generated": 100, "selection": None, "networks_of": None},
    **{"draws_masks": False, "fits_mixture": False, "frequent_fraction": None, "fine_tunes": None},
    "fits_refinement": False,
    **{"learns_counts": False, "joint": None},
}


def told(counts=None, **making) -> str:
    return "\n".join(sentences({**NOISE, **making}, counts or {"ttbar": {}}))


def test_refined_events_are_said_to_be_chosen():
    text = told(fits_refinement=True, networks_of="autoregressive")
    assert "takes those of `autoregressive`" in text
    assert "trees have learnt to tell training events from generated ones" in text
    assert "drawn again, with the same numbers of objects" in text


def test_from_noise_nothing_else_is_claimed():
    text = told()
    assert "from noise alone" in text
    others = (
        "mask",
        "mixture",
        "together",
        "learnt",
        "seed",
        "selection",
        "networks of its own",
        "floor",
        "fine-tuned",
        "combination",
    )
    assert not any(word in text for word in others)


def test_masks_are_told_where_they_are_drawn():
    assert "statistical mask generator" in told(draws_masks=True)


def test_numbers_of_objects_that_are_learnt_are_told():
    assert "objects of each kind an event has is learnt by the network" in told(learns_counts=True)


@pytest.mark.parametrize(("condition", "said"), [("process", "which of them it is"), ("masses", "the masses of their")])
def test_what_one_network_has_learnt_together_is_told(condition, said):
    text = told(joint={"processes": ["ttbar", "ww"], "condition": condition})
    assert "One network has learnt ttbar, ww together" in text
    assert said in text


def test_mixture_is_no_noise_alone():
    text = told(fits_mixture=True, networks_of="slides-1")
    assert "Gaussian mixture" in text and "from noise alone" not in text
    assert "takes those of `slides-1`" in text


def test_test_events_as_seeds():
    counts = {"ttbar": {"seeds": 50}, "stop_02": {"seeds": 40}}
    text = told(counts, seeds="test", truth="floor", floor="test")
    assert "split `test`, events that no training has seen" in text and "no generation from noise" in text
    assert "changed places" in text and "with those of the split `floor`" in text
    assert "ttbar: 100 events were generated; each of the 50 seeds was used 2 times." in text
    assert "stop_02: 100 events were generated; each of the 40 seeds was used 2 or 3 times (2.50 on average)." in text


def test_training_events_as_seeds():
    text = told({"ttbar": {"seeds": 100}}, seeds="train")
    assert "split `train`, events that the networks were trained on" in text
    assert "changed places" not in text
    assert "each of the 100 seeds was used once" in text


@pytest.mark.parametrize(
    ("generated", "seeds", "text"),
    [
        (3, 5, "3 of 5 seeds were used, each once"),
        (5, 5, "each of the 5 seeds was used once"),
        (6, 5, "each of the 5 seeds was used 1 or 2 times (1.20 on average)"),
    ],
)
def test_uses(generated, seeds, text):
    assert uses(generated, seeds) == text


def test_selection_with_its_share():
    counts = {"ttbar": {"selected": 457, "all": 1000}, "empty": {"selected": 0, "all": 0}}
    text = told(counts, selection="few-jets")
    assert "selection `few-jets` alone (ttbar: 457 of 1000 test events (45.7 %); empty: 0 of 0 test events)" in text


FREQUENT = {
    "ttbar": {"combinations": 27, "kept": 940, "of": 1000},
    "stop_02": {"combinations": 55, "kept": 9, "of": 10},
}


def test_selection_of_frequent_combinations_is_told_of_all_events():
    text = told(FREQUENT, selection="chained", frequent_fraction=0.95)
    assert "up to 95 % of all events" in text and "splits of their own" in text
    assert "(ttbar: 27 combinations, which 940 of 1000 events have (94.0 %); stop_02: 55 combinations" in text
    assert "9 of 10 events have (90.0 %))" in text and "test events" not in text


def test_frequent_events_are_those_of_all_splits(tmp_path):
    paths = []
    for name, n in (("train", 7), ("validation", 2), ("test", 4), ("floor", 0)):
        paths.append(tmp_path / f"{name}.h5")
        with EventWriter(paths[-1], {"selected_of": 20, "combinations": 3}) as writer:
            writer.append_events(empty_events(n))
    assert frequent_events(paths) == {"combinations": 3, "kept": 13, "of": 20}


@pytest.mark.parametrize(("scaler", "words"), [("parent", "scaled as there"), ("refit", "scaled anew")])
def test_fine_tuning_names_parent_and_scaler(scaler, words):
    text = told(fine_tunes={"experiment": "wgan", "process": "ttbar", "scaler": scaler})
    assert "start from the weights of `wgan`, trained on ttbar" in text and words in text


def test_events_are_counted(tmp_path):
    path = tmp_path / "events.h5"
    with EventWriter(path) as writer:
        writer.append_events(empty_events(7))
    assert n_events(path) == 7


def network(name: str, encoder: int, decoder: int, trained: int) -> dict:
    stages = [{"name": "encoder", "parameters": encoder}, {"name": "decoder", "parameters": decoder}]
    total = {"parameters": encoder + decoder, "trainable_parameters": trained}
    return {"network": name, "stages": stages, **total}


def test_networks_and_their_sum():
    table = networks_table({"met": network("A", 1000, 20, 1000), "jet": network("B", 3000, 40, 3040)})
    assert table.columns.tolist() == ["network", "encoder", "decoder", "parameters", "trained"]
    assert table.loc["met"].tolist() == ["A", "1 000", "20", "1 020", "1 000"]
    assert table.loc["all"].tolist() == ["", "4 000", "60", "4 060", "4 040"]


def test_single_network_has_no_sum():
    assert networks_table({"event": network("A", 1, 2, 3)}).index.tolist() == ["event"]


def test_mixtures():
    fit = {"components": 50, "used_components": 31, "codes": 14400, "iterations": 50, "converged": False}
    done = {**fit, "iterations": 12, "converged": True}
    table = mixtures_table({"gamma-50": {"fit": fit}, "untrained": {"fit": done}})
    assert table.loc["gamma-50"].tolist() == [50, 31, "14 400", 50, "NO"]
    assert table.loc["untrained", ["iterations", "converged"]].tolist() == [12, "yes"]
    assert mixtures_table({}).empty
