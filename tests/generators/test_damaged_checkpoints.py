"""Checkpoints that a full disk, a power cut or a clean-up of a scratch folder has damaged: training starts afresh."""

import json
import os

import pytest

from deepcollider.files import DiskFullError
from deepcollider.generators import checkpoints
from tests.generators.interrupted_case import Case

DAMAGE = {
    "weights are short": ("epoch-2.weights.h5", lambda path: os.truncate(path, 2000)),
    "weights are empty": ("epoch-2.weights.h5", lambda path: os.truncate(path, 0)),
    "weights are gone": ("epoch-2.weights.h5", lambda path: path.unlink()),
    "a byte of the weights is another": ("epoch-2.weights.h5", lambda path: flip(path)),
    "state is empty": ("state.json", lambda path: os.truncate(path, 0)),
    "state is cut": ("state.json", lambda path: os.truncate(path, 100)),
    "state is no object": ("state.json", lambda path: path.write_text("[1]", encoding="utf-8")),
    "state lacks a key": ("state.json", lambda path: drop(path, "sha256")),
    "state is no text": ("state.json", lambda path: path.write_bytes(b"\xff\xfe\x00")),
    "state lacks its weights": ("state.json", lambda path: drop(path, "weights")),
    "state has another number of epochs": ("state.json", lambda path: change(path, "epochs", float("nan"))),
    "state has a best epoch that is none": ("state.json", lambda path: change(path, "best", {"weights": "x"})),
    "state is a folder": ("state.json", lambda path: put_a_folder_there(path)),
    "weights are a folder": ("epoch-2.weights.h5", lambda path: put_a_folder_there(path)),
}
LOSSES = {
    "gone": lambda path: path.unlink(),
    "cut": lambda path: path.write_text("epoch,loss\n", encoding="utf-8"),
    "zeros": lambda path: path.write_bytes(b"\0" * path.stat().st_size),
    "other words": lambda path: path.write_text("epoch,loss\nx\ny\nz\n", encoding="utf-8"),
    "no text": lambda path: path.write_bytes(path.read_bytes() + b"\xff\xfe"),
    "a folder": lambda path: put_a_folder_there(path),
}


def flip(path):
    """Change a byte in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def drop(path, key):
    """Take a key out of a JSON file."""
    found = json.loads(path.read_text(encoding="utf-8"))
    del found[key]
    path.write_text(json.dumps(found), encoding="utf-8")


def change(path, key, value):
    """Change an entry of a JSON file."""
    found = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**found, key: value}), encoding="utf-8")


def put_a_folder_there(path):
    """Replace a file by a folder."""
    path.unlink()
    path.mkdir()


@pytest.fixture(scope="module")
def undamaged(tmp_path_factory, short_blocks, small_system, write_part):
    """What a training that nothing interrupts ends with."""
    return Case(tmp_path_factory.mktemp("undamaged"), small_system, write_part).run("whole")


@pytest.mark.parametrize("damage", DAMAGE)
def test_training_starts_afresh_with_a_word(case, capsys, undamaged, damage):
    name, do = DAMAGE[damage]
    case.run_until(epoch=1, name="damaged")
    do(case.checkpoints("damaged") / name)
    capsys.readouterr()
    weights, losses = case.run("damaged")
    told = capsys.readouterr().out
    assert f"WARNING: the checkpoint in {case.checkpoints('damaged')} is damaged (" in told
    assert name in told and "starting afresh" in told
    assert losses == undamaged[1]
    assert all((got == expected).all() for got, expected in zip(weights, undamaged[0], strict=True))


@pytest.mark.parametrize("damage", LOSSES)
def test_losses_are_those_of_the_checkpoint(case, capsys, undamaged, damage):
    case.run_until(epoch=1, name="damaged")
    LOSSES[damage](case.checkpoints("damaged") / "losses.csv")
    capsys.readouterr()
    weights, losses = case.run("damaged")
    assert "resuming after epoch 2" in capsys.readouterr().out
    assert losses == undamaged[1]
    assert all((got == expected).all() for got, expected in zip(weights, undamaged[0], strict=True))


def test_undamaged_checkpoint_is_resumed(case, capsys):
    case.run_until(epoch=1, name="good")
    capsys.readouterr()
    case.run("good")
    assert "resuming after epoch 2" in capsys.readouterr().out


def test_full_disk_is_told_and_leaves_the_checkpoint_before_it(case, capsys, monkeypatch, undamaged):
    """There is room for two epochs; then the disk is full, and a later run goes on from the second."""
    room = iter([True, True, False])

    def check(path, n_bytes):
        assert n_bytes > 4 * 100  # weights, and what Adam remembers of each
        if not next(room):
            raise DiskFullError(path, "more is needed", path.parent)

    with monkeypatch.context() as patch, pytest.raises(DiskFullError, match=r"epoch-3\.weights\.h5"):
        patch.setattr(checkpoints, "check_space", check)
        case.run("full")
    capsys.readouterr()
    _, losses = case.run("full")
    assert "resuming after epoch 2" in capsys.readouterr().out
    assert losses == undamaged[1]
