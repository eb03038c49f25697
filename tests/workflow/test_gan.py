"""The chained GANs in the whole workflow: their selection, their ten parts, fine-tuning and its provenance."""

import json

import numpy as np
import pandas as pd
import pytest

from deepcollider.features.views.chained import MOST, VIEW
from deepcollider.files import sha256_of
from deepcollider.physics.events import counts_per_kind
from deepcollider.store.event_files import EventReader, read_events
from deepcollider.store.part_files import PartReader
from tests.workflow.harness import copy_run, run_snakemake

pytestmark = pytest.mark.workflow

CONFIGURATION = """
only: [wgan-gp, wgan-gp-bsm]
experiments:
  wgan-gp: &small
    hyperparameters: { width: 8, layers: 2, noise: 4, critic_steps: 2, averaging: 0.5 }
    training: { epochs: 3, batch_size: 20, steps_per_epoch: 2, steps_per_execution: 2, parts: { met: { epochs: 4 } } }
    generation: { events: 150, batch: 100 }
    untrained_baseline: false
  wgan-gp-bsm:
    <<: *small
    processes: [ttbar]
"""
TARGETS = (
    "results/tables/leaderboard.csv",
    "results/figures/wgan-gp/ttbar/monitoring.png",
    "results/figures/wgan-gp/ttbar/masks-frequent.png",
    "results/figures/wgan-gp/ttbar/losses.png",
    "results/figures/wgan-gp/architecture-jet-further.png",
)


def run(folder, *arguments, **options):
    return run_snakemake(folder, *TARGETS, *arguments, "--configfile", "tiny.yaml", "more.yaml", **options)


@pytest.fixture(scope="module")
def finished_gan(finished, tmp_path_factory):
    """The finished tiny run, gone on with in a copy by a WGAN-GP and one that is fine-tuned from it."""
    folder = copy_run(finished, tmp_path_factory, CONFIGURATION)
    run(folder)
    return folder


def of_training(folder, experiment, part, end):
    return folder / f"results/models/{experiment}/default/ttbar/{part}.{end}"


def test_splits_have_the_same_combinations(finished_gan):
    folder = finished_gan / "results/selected/chained/ttbar"
    counts = {path.stem: counts_per_kind(read_events(path).objects) for path in folder.iterdir()}
    assert set(counts) == {"train", "validation", "test", "floor"}
    with EventReader(folder / "train.h5") as reader:
        total = reader.attributes["selected_of"]
    with EventReader(finished_gan / "results/shuffled/ttbar.h5") as reader:
        assert len(reader) == total
    everything = np.concatenate(list(counts.values()))
    assert (everything <= MOST).all() and 0.93 * total < len(everything) <= total
    commonest = max(map(tuple, everything.tolist()), key=everything.tolist().count)
    shares = {name: (each == commonest).all(axis=1).sum() for name, each in counts.items()}
    n = sum(shares.values())
    for name, fraction in {"train": 0.48, "validation": 0.1, "test": 0.21, "floor": 0.21}.items():
        assert abs(shares[name] - fraction * n) < 1


def test_ten_parts_are_cut_and_trained(finished_gan):
    train = read_events(finished_gan / "results/selected/chained/ttbar/train.h5")
    counts = counts_per_kind(train.objects)
    expected = {
        "met": len(train),
        "bjet-first": (counts[:, 0] > 0).sum(),
        "jet-further": (counts[:, 1] - 1).clip(0).sum(),
    }
    for part, n in expected.items():
        with PartReader(finished_gan / f"results/parts/chained/ttbar/train/{part}.h5") as reader:
            assert len(reader) == n
    for part in VIEW.parts:
        log = pd.read_csv(of_training(finished_gan, "wgan-gp", part, "losses.csv"))
        cost = json.loads(of_training(finished_gan, "wgan-gp", part, "cost.json").read_text())
        epochs = {"met": 4}.get(part, 3) if cost["epochs"] else 0  # a kind that no training event has
        assert len(log) == cost["epochs"] == epochs
        if "val_wd" in log:
            assert cost["best_epoch"] == log["val_wd"].idxmin()
            assert cost["diverged_at"] is None


def test_every_mask_is_frequent_and_of_the_training_events(finished_gan):
    masks = json.loads((finished_gan / "results/masks/wgan-gp/ttbar.json").read_text())
    counts = counts_per_kind(read_events(finished_gan / "results/selected/chained/ttbar/train.h5").objects)
    assert not masks["rare"] and {tuple(mask) for mask in masks["frequent"]} == set(map(tuple, counts.tolist()))


@pytest.mark.parametrize("experiment", ["wgan-gp", "wgan-gp-bsm"])
def test_generated_events_are_such_as_were_selected(finished_gan, experiment):
    made = read_events(finished_gan / f"results/generated/{experiment}/default/ttbar.h5")
    counts = counts_per_kind(made.objects)
    train = counts_per_kind(read_events(finished_gan / "results/selected/chained/ttbar/train.h5").objects)
    assert len(made) == 150
    assert set(map(tuple, counts.tolist())) <= set(map(tuple, train.tolist()))
    table = pd.read_csv(finished_gan / "results/tables/metrics.csv")
    rows = table[
        (table["experiment"] == experiment) & (table["metric"] == "wd") & (table["part_or_feature"] == "overall")
    ]
    test = read_events(finished_gan / "results/selected/chained/ttbar/test.h5")
    assert rows["n_truth"].item() == len(test)


def test_fine_tuned_networks_name_their_parent(finished_gan):
    for part in VIEW.parts:
        cost = json.loads(of_training(finished_gan, "wgan-gp-bsm", part, "cost.json").read_text())
        assert cost["parent"] == {
            "experiment": "wgan-gp",
            "setting": "default",
            "process": "ttbar",
            "scaler": "parent",
            "sha256": sha256_of(of_training(finished_gan, "wgan-gp", part, "keras")),
        }
        assert "parent" not in json.loads(of_training(finished_gan, "wgan-gp", part, "cost.json").read_text())


def test_a_changed_parent_is_fine_tuned_anew(finished_gan):
    """More epochs of the parent: nine trainings and the nine that start from them; MET has epochs of its own."""
    done = run(finished_gan, "-n", "--config", "experiments={wgan-gp: {training: {epochs: 5}}}")
    jobs = [line.split() for line in done.stdout.splitlines() if line.startswith("train ")]
    assert jobs[0][1] == "18", done.stdout


def test_second_run_has_nothing_to_do(finished_gan):
    assert "Nothing to be done" in run(finished_gan).stderr


def test_another_reading_is_trained_and_generated_anew(finished_gan):
    """From the same part files: ten trainings of the parent and the ten that start from them, all that follows."""
    raw = "{hyperparameters: {sum_of: raw}}"
    done = run(finished_gan, "-n", "--config", f"experiments={{wgan-gp: {raw}, wgan-gp-bsm: {raw}}}")
    jobs = {words[0]: words[1] for words in map(str.split, done.stdout.splitlines()) if len(words) == 2}
    assert (jobs.get("train"), jobs.get("generate"), jobs.get("metrics")) == ("20", "2", "2"), done.stdout
    assert "split_chained" not in jobs
