"""Row files: what is written is read, whole or not at all, and the circular reader wraps without loss."""

import h5py
import numpy as np
import pytest

from deepcollider.physics.events import EVENT_DTYPE, OBJECT_DTYPE
from deepcollider.store.event_files import EventReader, EventWriter, read_events
from deepcollider.store.rows import BLOCK_ROWS, CHUNK_ROWS, RowFileError, RowReader, RowWriter

LAYOUT = {"x": (np.dtype("i8"), ()), "y": (np.dtype("f4"), (3,))}


def rows(first, last):
    x = np.arange(first, last)
    return {"x": x, "y": np.stack([x, 2 * x, 3 * x], axis=1).astype("f4")}


def write(path, n, attributes=None):
    with RowWriter(path, LAYOUT, attributes) as writer:
        for start in range(0, n, 7000):
            writer.append(**rows(start, min(start + 7000, n)))
    return path


@pytest.mark.parametrize("n", [0, 1, CHUNK_ROWS, 20_000])
def test_round_trip(tmp_path, n):
    with RowReader(write(tmp_path / "a.h5", n)) as reader:
        assert len(reader) == n
        for name, values in rows(0, n).items():
            assert (reader.read()[name] == values).all()
        sizes = [len(batch["x"]) for batch in reader.batches(3000)]
        assert sizes == [3000] * (n // 3000) + ([n % 3000] if n % 3000 else [])


@pytest.mark.parametrize(
    ("n", "most", "seen"), [(20, 7, 7), (20, 20, 20), (20, 30, 20), (20, None, 20), (40_000, 5, 5)]
)
def test_file_ends_after_the_rows_that_are_wanted(tmp_path, n, most, seen):
    with RowReader(write(tmp_path / "a.h5", n), most) as reader:
        assert len(reader) == seen
        for start, stop in ((0, None), (2, None), (0, 4), (3, 100_000)):
            np.testing.assert_array_equal(reader.read(start, stop)["x"], np.arange(n)[:seen][start:stop])
        np.testing.assert_array_equal(np.concatenate([each["x"] for each in reader.batches(3)]), np.arange(seen))
        endless = reader.circular(4)
        stream = np.concatenate([next(endless)["x"] for _ in range(10)])
        np.testing.assert_array_equal(stream, np.arange(40) % seen)


def test_empty_append_is_harmless(tmp_path):
    with RowWriter(tmp_path / "a.h5", LAYOUT) as writer:
        for first, last in ((0, 0), (0, 5), (5, 5), (5, 6)):
            writer.append(**rows(first, last))
    with RowReader(tmp_path / "a.h5") as reader:
        assert reader.read()["x"].tolist() == list(range(6))


def test_attributes_come_back(tmp_path):
    given = {
        "text": "a",
        "number": 3,
        "real": 0.5,
        "table": {"a": [1, 2]},
        "list": [1.5, 2.5],
        "name": "[a].csv",
    }
    with RowReader(write(tmp_path / "a.h5", 1, given)) as reader:
        assert {name: reader.attributes[name] for name in given} == given
        assert reader.attributes["writer"].startswith("deepcollider ")


def test_nothing_appears_on_error(tmp_path):
    with pytest.raises(ZeroDivisionError), RowWriter(tmp_path / "a.h5", LAYOUT) as writer:
        writer.append(**rows(0, 10))
        raise ZeroDivisionError
    assert not list(tmp_path.iterdir())


def test_nothing_appears_when_an_attribute_cannot_be_written(tmp_path):
    with pytest.raises(TypeError), RowWriter(tmp_path / "a.h5", LAYOUT) as writer:
        writer.attributes["bad"] = object()
    assert not list(tmp_path.iterdir())


def test_an_older_file_survives_an_error(tmp_path):
    path = write(tmp_path / "a.h5", 3)
    with pytest.raises(ZeroDivisionError), RowWriter(path, LAYOUT):
        raise ZeroDivisionError
    with RowReader(path) as reader:
        assert len(reader) == 3


def test_wrong_appends_are_refused(tmp_path):
    with RowWriter(tmp_path / "a.h5", LAYOUT) as writer:
        with pytest.raises(ValueError, match="expected"):
            writer.append(x=np.arange(3))
        with pytest.raises(ValueError, match="different lengths"):
            writer.append(x=np.arange(3), y=np.zeros((2, 3), "f4"))


@pytest.mark.parametrize("n", [1, 10, 999, BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1, 2 * BLOCK_ROWS + 77])
@pytest.mark.parametrize("size", [1, 64, 1000, BLOCK_ROWS + 3])
def test_circular_reader_wraps_exactly(tmp_path, n, size):
    n_batches = min(2 * n // size + 3, 200) if size < 1000 else 2 * n // size + 3
    if n < 10 and size > 1000:
        size, n_batches = 500, 3
    with RowReader(write(tmp_path / "a.h5", n)) as reader:
        stream = reader.circular(size)
        batches = [next(stream) for _ in range(n_batches)]
    assert all(len(batch["x"]) == size for batch in batches)
    x = np.concatenate([batch["x"] for batch in batches])
    assert (x == np.arange(n_batches * size) % n).all()
    y = np.concatenate([batch["y"] for batch in batches])
    assert (y == (x[:, None] * [1, 2, 3]).astype("f4")).all()


@pytest.mark.parametrize("n", [10, 2 * BLOCK_ROWS + 77])
@pytest.mark.parametrize("start", [3, 9 + BLOCK_ROWS, 1_000_000])
def test_circular_reader_starts_where_told(tmp_path, n, start):
    with RowReader(write(tmp_path / "a.h5", n)) as reader:
        stream = reader.circular(900, start)
        x = np.concatenate([next(stream)["x"] for _ in range(50)])
    assert (x == (start + np.arange(45_000)) % n).all()


def test_circular_reader_reads_a_small_file_once(tmp_path, monkeypatch):
    with RowReader(write(tmp_path / "a.h5", 17)) as reader:
        stream = reader.circular(100)
        next(stream)
        monkeypatch.setattr(reader, "read", None)
        assert next(stream)["x"].tolist() == [i % 17 for i in range(100, 200)]


def test_circular_reader_never_reads_more_than_a_block(tmp_path, monkeypatch):
    lengths = []
    plain_read = RowReader.read

    def noted_read(self, start=0, stop=None):
        values = plain_read(self, start, stop)
        lengths.append(len(values["x"]))
        return values

    monkeypatch.setattr(RowReader, "read", noted_read)
    n, size = 3 * BLOCK_ROWS + 11, 1000
    with RowReader(write(tmp_path / "a.h5", n)) as reader:
        stream = reader.circular(size)
        held = [next(stream)["x"].base for _ in range(2 * n // size)]
    assert max(lengths) == BLOCK_ROWS
    assert max(len(base) for base in held if base is not None) < BLOCK_ROWS + size
    assert len(lengths) <= 2 * (n // BLOCK_ROWS + 1) + 1  # whole blocks: no row is read twice in a round


def test_circular_reader_refuses_an_empty_file(tmp_path):
    with (
        RowReader(write(tmp_path / "a.h5", 0)) as reader,
        pytest.raises(RowFileError, match=r"a\.h5: has no rows"),
    ):
        next(reader.circular(5))


def test_files_that_are_not_row_files(tmp_path):
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(RowFileError, match=r"text\.h5: cannot be read as HDF5.*delete it"):
        RowReader(tmp_path / "text.h5")
    with pytest.raises(RowFileError, match="has no dataset events, objects"):
        EventReader(write(tmp_path / "a.h5", 3))
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file["x"], file["y"] = np.zeros(3), np.zeros(4)
    with pytest.raises(RowFileError, match="different lengths"):
        RowReader(tmp_path / "b.h5")


def write_events(path, n, **attributes):
    with EventWriter(path, attributes) as writer:
        events = np.zeros(n, EVENT_DTYPE)
        events["event_id"] = np.arange(n)
        writer.append(events=events, objects=np.zeros((n, 20), OBJECT_DTYPE))
    return path


def test_event_files(tmp_path):
    with EventReader(write_events(tmp_path / "a.h5", 30, process="ttbar")) as reader:
        assert reader.attributes["process"] == "ttbar" and reader.attributes["kinds"]["7"] == "g"
        assert [len(batch) for batch in reader.event_batches(20)] == [20, 10]
        assert reader.read_events(5, 8).events["event_id"].tolist() == [5, 6, 7]
    assert len(read_events(tmp_path / "a.h5", 4)) == 4


def test_event_file_of_another_schema_is_refused(tmp_path):
    with pytest.raises(RowFileError, match="schema version 99"):
        EventReader(write_events(tmp_path / "a.h5", 1, schema_version=99))
