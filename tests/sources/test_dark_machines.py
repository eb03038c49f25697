"""The CSV reader and the skim against a plain second parser and hand-written lines."""

import bz2
import gzip
import io
import lzma
import tarfile
import threading
import zipfile

import numpy as np
import pytest

from deepcollider.files import sha256_of
from deepcollider.physics.acceptance import describe_cuts
from deepcollider.physics.events import concatenate, sort_objects
from deepcollider.sources import dark_machines
from deepcollider.sources.csv_blocks import read_blocks
from deepcollider.sources.dark_machines import BadLine, TooManyBadLines, read_csv, skim
from deepcollider.store.event_files import EventReader, read_events
from deepcollider.store.rows import BLOCK_ROWS, RowFileError

CODES = {"b": 1, "j": 2, "e-": 3, "e+": 4, "m-": 5, "m+": 6, "g": 7, "mu-": 5, "mu+": 6, "a": 7}
HEAD = "7;ttbar;1;89803.3;0.544242"
GOOD = HEAD + ";b,299433,91556.3,1.85352,-0.201746;j,106211,102950,-0.231721,-2.81374"
OLD = "7;ttbar;1;j,102950,-0.231721,-2.81374;b,91556.3,1.85352,-0.201746"


def parse_plainly(text):
    """(id, process, weight, MET, METphi, objects) of every line, objects as the store orders them; GeV, rad."""
    parsed = []
    for line in filter(str.strip, text.split("\n")):
        identity, process, weight, met, met_phi, *rest = line.strip().rstrip(";").split(";")
        objects = []
        for item in rest:
            symbol, *values = item.split(",")
            energy, pt, eta, phi = map(float, values)
            objects.append((CODES[symbol.strip()], energy / 1000, pt / 1000, eta, phi))
        objects = sorted(objects, key=lambda o: -o[2])[:20]
        objects.sort(key=lambda o: (o[0], -o[2]))
        parsed.append((int(identity), process, float(weight), float(met) / 1000, float(met_phi), objects))
    return parsed


def assert_same(events, text):
    """Every field of ``events`` agrees with the plain parser to float32 precision."""
    truth = parse_plainly(text)
    assert len(events) == len(truth)
    for row, objects, (identity, process, *numbers, expected) in zip(events.events, events.objects, truth, strict=True):
        assert (row["event_id"], row["process"].decode(), row["n_objects"]) == (
            identity,
            process,
            len(expected),
        )
        np.testing.assert_allclose([row["weight"], row["met"], row["met_phi"]], numbers, rtol=1e-7)
        found = objects[: len(expected)]
        assert found["valid"].all() and not objects[len(expected) :].tobytes().strip(b"\0")
        assert found["kind"].tolist() == [o[0] for o in expected]
        for i, name in enumerate(("energy", "pt", "eta", "phi"), start=1):
            np.testing.assert_allclose(found[name], [o[i] for o in expected], rtol=1e-7)


def random_text(n, seed=3, max_objects=14, end="\n"):
    """Lines as the published converter writes them: six significant digits, kinds in any order."""
    rng = np.random.default_rng(seed)
    lines = []
    for i in range(n):
        objects = [
            f"{rng.choice(list(CODES))},{np.exp(rng.normal(12, 1.5)):.6g},{np.exp(rng.normal(11, 1)):.6g},"
            f"{rng.normal():.6g},{rng.uniform(-3.14, 3.14):.6g}"
            for _ in range(rng.integers(0, max_objects + 1))
        ]
        head = f"{i};ttbar;{rng.normal():.4g};{np.exp(rng.normal(10, 2)):.6g};{rng.uniform(-3.14, 3.14):.6g}"
        lines.append(";".join([head, *objects]))
    return end.join(lines) + end


def write(path, text):
    data = text.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def packed_as_zip(data):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.csv", data)
    return archive.getvalue()


def packed_as_tar(data):
    archive, entry = io.BytesIO(), tarfile.TarInfo("a.csv")
    entry.size = len(data)
    with tarfile.open(fileobj=archive, mode="w") as file:
        file.addfile(entry, io.BytesIO(data))
    return archive.getvalue()


def read_all(path, **options):
    """All events, bad lines and the number of truncated events of a file."""
    blocks = list(read_csv(path, **options))
    bad = [line for block in blocks for line in block.bad_lines]
    return concatenate([block.events for block in blocks]), bad, sum(block.n_truncated for block in blocks)


def test_hand_written_line(tmp_path):
    line = "5;ttbar;0.5;1.09227e+06;-3;j,2e6,20000,1,2;m+,3e+04,25000.5,-0.5,.25;b,50000,30000,0,0"
    events, bad, _ = read_all(write(tmp_path / "a.csv", line + "\n"))
    assert not bad and events.events[0].tolist() == pytest.approx((5, b"ttbar", 0.5, 1092.27, -3.0, 3))
    assert events.objects[0, :3].tolist() == [
        (1, True, 50.0, 30.0, 0.0, 0.0),
        (2, True, 2000.0, 20.0, 1.0, 2.0),
        (6, True, 30.0, pytest.approx(25.0005), -0.5, 0.25),
    ]


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_agrees_with_a_plain_parser(tmp_path, name):
    text = random_text(2000)
    events, bad, truncated = read_all(write(tmp_path / name, text))
    assert not bad and not truncated
    assert_same(events, text)
    assert (sort_objects(events.objects) == events.objects).all()


@pytest.mark.parametrize("block_bytes", [1, 64, 1000, 50_000])
def test_lines_across_block_borders(tmp_path, block_bytes):
    text = random_text(150 if block_bytes < 1000 else 1500, end="\r\n")
    events, bad, _ = read_all(write(tmp_path / "a.csv", text), block_bytes=block_bytes)
    assert not bad
    assert_same(events, text)


def test_more_lines_than_one_step_holds(tmp_path):
    text = "".join(f"{i};p;1;1;0\n" + ("x\n" if i % 10_000 == 0 else "") for i in range(BLOCK_ROWS + 5000))
    blocks = list(read_csv(write(tmp_path / "a.csv", text)))
    assert max(len(block.events) for block in blocks) == BLOCK_ROWS
    ids = np.concatenate([block.events.events["event_id"] for block in blocks])
    assert (ids == np.arange(BLOCK_ROWS + 5000)).all()
    bad = [line.number for block in blocks for line in block.bad_lines]
    assert bad == [number for number, line in enumerate(text.split("\n"), start=1) if line == "x"]


@pytest.mark.parametrize(
    "number",
    [
        "0",
        "-0",
        "7",
        "-7",
        "+7",
        ".5",
        "5.",
        "0.1",
        "1e0",
        "1E+2",
        "1.5e-3",
        "123456.789012345678901",
        "0.000000123456",
        "1e22",
        "3.4e38",
        "1e-30",
        "1e-50",
        "00012",
        "12345678901234567890",
        "0.30000000000000004",
        "1.09227e+06",
        "-1.17549e-38",
        "9999999.5",
        "1e-400",
        "0." + "3" * 400,
        "12" + "0" * 400 + "e-400",
        "0." + "0" * 400 + "25e400",
    ],
)
def test_numbers_as_python_reads_them(tmp_path, number):
    events, bad, _ = read_all(write(tmp_path / "a.csv", f"1;p;{number};1;0\n"))
    assert not bad
    np.testing.assert_allclose(events.events["weight"][0], np.float32(float(number)), rtol=1e-7, atol=0)


@pytest.mark.parametrize("symbol, code", CODES.items())
def test_symbols_and_aliases(tmp_path, symbol, code):
    events, _, _ = read_all(write(tmp_path / "a.csv", f"{HEAD};{symbol},3e4,2e4,0,0\n"))
    assert events.objects["kind"][0].tolist() == [code] + 19 * [0]


@pytest.mark.parametrize(
    "line",
    [
        GOOD + ";",
        GOOD + "\r",
        GOOD + ";\r",
        "  " + GOOD.replace(";", " ; ").replace(",", " , ") + " \t",
        GOOD.replace("\n", "\r\n"),
    ],
)
def test_harmless_variants_of_a_line(tmp_path, line):
    expected, _, _ = read_all(write(tmp_path / "a.csv", GOOD + "\n"))
    found, bad, _ = read_all(write(tmp_path / "b.csv", f"\n  \n{line}\n\n\r\n"))
    assert not bad and len(found) == 1
    assert (found.events == expected.events).all() and (found.objects == expected.objects).all()


def test_event_without_objects(tmp_path):
    events, bad, _ = read_all(write(tmp_path / "a.csv", f"{HEAD}\n{HEAD};\n"))
    assert not bad and events.events["n_objects"].tolist() == [0, 0] and not events.objects["valid"].any()


def test_phi_is_wrapped_and_untouched_inside(tmp_path):
    angles = ["3.14159", "-3.14159", "1e-05", "3.5", "-4", "6.28"]
    text = "".join(f"1;p;1;1;{phi};j,3e4,2e4,0,{phi}\n" for phi in angles)
    events, bad, _ = read_all(write(tmp_path / "a.csv", text))
    wrapped = [3.14159, -3.14159, 1e-5, 3.5 - 2 * np.pi, -4 + 2 * np.pi, 6.28 - 2 * np.pi]
    assert not bad
    for phi in (events.events["met_phi"], events.objects["phi"][:, 0]):
        np.testing.assert_allclose(phi[:3], np.float32(wrapped[:3]), rtol=0)
        np.testing.assert_allclose(phi, wrapped, atol=5e-7)


def test_more_than_twenty_objects_keeps_the_hardest(tmp_path):
    text = random_text(300, seed=5, max_objects=40)
    events, bad, truncated = read_all(write(tmp_path / "a.csv", text))
    assert not bad and truncated == sum(line.count(",") > 4 * 20 for line in text.split("\n")) > 50
    assert_same(events, text)


BAD_LINES = [
    ("7;ttbar;1;89803.3", "line has the wrong number of fields"),
    ("hello", "event id is not an integer"),
    (GOOD.replace("7;", "7.5;", 1), "event id is not an integer"),
    (GOOD.replace("7;", ";", 1), "event id is not an integer"),
    (GOOD.replace("7;", "1234567890123456789012;", 1), "event id is not an integer"),
    (GOOD.replace("ttbar", ""), "process is empty"),
    (GOOD.replace("ttbar", "t" * 33), "process is longer than 32 bytes"),
    (GOOD.replace("ttbar", "ttbar\0"), "process has characters other than printable ASCII"),
    (GOOD.replace("ttbar", "ttbär"), "process has characters other than printable ASCII"),
    (GOOD.replace(";1;", ";one;"), "weight is not a number"),
    (GOOD.replace(";1;", ";nan;"), "weight is not finite"),
    (GOOD.replace("89803.3", "-89803.3"), "MET is negative"),
    (GOOD.replace("89803.3", ""), "MET is not a number"),
    (GOOD.replace("89803.3", "inf"), "MET is not finite"),
    (GOOD.replace("89803.3", "1e60"), "MET is not finite"),
    (GOOD.replace("0.544242", "31"), "METphi is out of range"),
    (GOOD.replace("0.544242", "0.5.4"), "METphi is not a number"),
    (GOOD.replace(";b,", ";t,"), "object has an unknown symbol"),
    (GOOD.replace(";b,", ";b-,"), "object has an unknown symbol"),
    (GOOD.replace(";b,", ";mu,"), "object has an unknown symbol"),
    (GOOD.replace(";b,", ";é,"), "object has an unknown symbol"),
    (GOOD.replace(";b,", ";b\0,"), "object has an unknown symbol"),
    (GOOD.replace(";b,", ";,"), "object has an unknown symbol"),
    (GOOD.replace("1.85352,", ""), "object has the wrong number of fields"),
    (GOOD.replace("1.85352,", "1.85352,1,"), "object has the wrong number of fields"),
    (GOOD + ";;", "object has the wrong number of fields"),
    (GOOD + ";j,1", "object has the wrong number of fields"),
    (GOOD.replace("299433", "2994x33"), "E is not a number"),
    (GOOD.replace("299433", "1_000"), "E is not a number"),
    (GOOD.replace("299433", "-299433"), "E is not positive"),
    (GOOD.replace("299433", "NaN"), "E is not finite"),
    (GOOD.replace("91556.3", "-1"), "pt is not positive"),
    (GOOD.replace("91556.3", "0"), "pt is not positive"),
    (GOOD.replace("91556.3", "1e"), "pt is not a number"),
    (GOOD.replace("91556.3", "-inf"), "pt is not finite"),
    (GOOD.replace("1.85352", "25"), "eta is out of range"),
    (GOOD.replace("1.85352", "-"), "eta is not a number"),
    (GOOD.replace("-0.201746", "-7"), "phi is out of range"),
    (GOOD.replace("-2.81374", "Infinity"), "phi is not finite"),
    (GOOD.replace("-2.81374", "2 1"), "phi is not a number"),
    (OLD, "line has three header fields and no E (layout of 2019)"),
    (GOOD.replace("ttbar", "njets"), "process is not the expected one (ttbar)"),
]


@pytest.mark.parametrize("line, reason", BAD_LINES)
def test_bad_line(tmp_path, line, reason):
    path = write(tmp_path / "a.csv", f"{GOOD}\n\n{line}\n{GOOD}\n")
    events, bad, _ = read_all(path, process_names=("ttbar",))
    assert len(events) == 2
    assert [(b.number, b.reason, b.text) for b in bad] == [(3, reason, line)]


def test_last_line_without_newline(tmp_path):
    events, bad, _ = read_all(write(tmp_path / "whole.csv", f"{GOOD}\n{GOOD}"))
    assert len(events) == 2 and not bad
    events, bad, _ = read_all(write(tmp_path / "cut.csv", f"{GOOD}\n{GOOD[:-20]}"))
    assert len(events) == 1 and [b.number for b in bad] == [2]


def test_cut_inside_the_last_number_shows_by_the_missing_semicolon(tmp_path):
    events, bad, _ = read_all(write(tmp_path / "a.csv", f"{GOOD};\n{GOOD};\n{GOOD[:-3]}"))
    assert len(events) == 2
    assert [(b.number, b.reason) for b in bad] == [(3, "line is cut: the file ends in the middle of it")]


def test_layout_of_2019_is_refused(tmp_path):
    path = write(tmp_path / "old.csv", f"\nrubbish\n{OLD}\n{GOOD}\n")
    with pytest.raises(RowFileError, match=r"old\.csv: line 3 has the layout of 2019.*zenodo\.3685861"):
        list(read_csv(path))


def test_damaged_gzip_is_refused_with_its_name(tmp_path):
    path = write(tmp_path / "a.csv.gz", random_text(500))
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(RowFileError, match=r"a\.csv\.gz: damaged gzip.*download it again"):
        list(read_csv(path))
    path.write_bytes(gzip.compress(random_text(50).encode()) + b"rubbish")
    with pytest.raises(RowFileError, match="damaged gzip"):
        list(read_csv(path))


@pytest.mark.parametrize(
    "content, what",
    [
        (b"<html>429 Too Many Requests</html>", "HTML.*download the file again"),
        (b"\n\n<!DOCTYPE html>", "HTML"),
        (gzip.compress(b"<html>", mtime=0), "HTML"),
        (packed_as_zip(GOOD.encode()), "zip archive.*unpack it first"),
        (lzma.compress(GOOD.encode()), "packed with xz.*unpack it first"),
        (bz2.compress(GOOD.encode()), "packed with bzip2.*unpack it first"),
        (bz2.compress(b"", 1), "packed with bzip2"),
        (b"\x28\xb5\x2f\xfd\x04\x00", "packed with zstd.*unpack it first"),
        (gzip.compress(packed_as_tar(GOOD.encode())), "tar archive.*unpack it first"),
        (b"\x89HDF\r\n\x1a\n\0", "HDF5 file"),
        (b"root\x00\x00\xf6\x88", "ROOT file"),
        (GOOD.encode("utf-16"), "UTF-16.*UTF-8"),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_other_formats_are_refused_by_what_they_are(tmp_path, name, content, what):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RowFileError, match=f"(?s){name}: is .*{what}"):
        list(read_csv(path))


def test_gzip_is_known_by_its_bytes_not_by_its_name(tmp_path):
    text = random_text(300)
    (tmp_path / "packed.csv").write_bytes(gzip.compress(text.encode()))
    (tmp_path / "plain.csv.gz").write_text(text)
    for name in ("packed.csv", "plain.csv.gz"):
        events, bad, _ = read_all(tmp_path / name)
        assert not bad
        assert_same(events, text)


def test_byte_order_mark_is_not_part_of_the_first_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(GOOD.encode("utf-8-sig"))
    events, bad, _ = read_all(path)
    assert not bad and events.events["event_id"].tolist() == [7]


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_change_nothing(tmp_path, threads):
    lines = random_text(1000, max_objects=25, end=";\n").split("\n")[:-1]
    for i in range(10, 1000, 70):
        lines[i] = f"rubbish {i}"
    for i in range(0, 1000, 90):
        lines[i] = ""
    text = "\n".join(lines) + "\n" + GOOD
    path = write(tmp_path / "a.csv", text)
    events, bad, truncated = read_all(path, threads=threads, block_bytes=20_000)
    good = [line for line in lines if line and not line.startswith("rubbish")]
    assert_same(events, "\n".join(good))
    assert truncated == sum(line.count(",") > 4 * 20 for line in good)
    assert bad[-1] == BadLine(1001, "line is cut: the file ends in the middle of it", GOOD)
    assert [(b.number, b.text) for b in bad[:-1]] == [
        (number, line) for number, line in enumerate(lines, start=1) if line.startswith("rubbish")
    ]


@pytest.mark.parametrize("threads", [1, 3])
def test_what_stands_before_the_damage_is_read_first(tmp_path, threads):
    lines = random_text(2000).split("\n")
    path = write(tmp_path / "a.csv.gz", "\n".join(lines))
    path.write_bytes(path.read_bytes()[:-5000])
    seen = []
    with pytest.raises(RowFileError, match="damaged gzip"):
        for block in read_csv(path, threads=threads, block_bytes=5000):
            seen.extend(block.events.events["event_id"].tolist())
    assert seen == list(range(len(seen))) and len(seen) > 1500

    path = write(tmp_path / "old.csv", f"{OLD}\n" + "".join(f"{GOOD}\n" for _ in range(5000)))
    with pytest.raises(RowFileError, match="line 1 has the layout of 2019"):
        list(read_csv(path, threads=threads, block_bytes=5000))


@pytest.mark.parametrize("threads", [1, 2])
def test_no_more_than_a_few_blocks_are_in_flight(tmp_path, monkeypatch, threads):
    taken = []

    def counted(path, block_bytes):
        for block in read_blocks(path, block_bytes):
            taken.append(len(block.text))
            yield block

    monkeypatch.setattr(dark_machines, "read_blocks", counted)
    path = write(tmp_path / "a.csv", f"{GOOD}\n" * 5000)
    blocks = read_csv(path, threads=threads, block_bytes=10_000)
    ahead = [len(taken) - given for given, _ in enumerate(blocks, start=1)]
    assert len(ahead) > 30 and max(ahead) == threads
    assert sum(taken) == path.stat().st_size


def test_compilation_is_over_before_threads_start(tmp_path, monkeypatch):
    path, seen, parse = write(tmp_path / "a.csv", f"{GOOD}\n"), [], dark_machines._parse

    def watched(block, expected):
        seen.append((threading.current_thread() is threading.main_thread(), parse(block, expected)))
        return seen[-1][1]

    monkeypatch.setattr(dark_machines, "_parse", watched)
    list(read_csv(path, threads=2))
    assert [in_main for in_main, _ in seen] == [True, False]
    assert len(seen[0][1]) == 1  # the compiled code was called


def test_end_of_mixed_styles(tmp_path):
    events, bad, _ = read_all(write(tmp_path / "a.csv", f"rubbish;\n{GOOD}\n{GOOD}"))
    assert len(events) == 2 and [b.number for b in bad] == [1]  # good lines, not rubbish, show the style
    events, bad, _ = read_all(write(tmp_path / "b.csv", f"{GOOD};\n{GOOD};\n  "))
    assert len(events) == 2 and not bad


def test_endless_line_is_refused(tmp_path):
    with pytest.raises(RowFileError, match="not a CSV of events"):
        list(read_csv(write(tmp_path / "a.csv", "x" * 3_000_000), block_bytes=100_000))


SOFT = HEAD + ";j,40000,30000,0,0;e-,50000,10000,0,0"  # no trigger; its electron is below 15 GeV


@pytest.fixture
def skimmed(tmp_path):
    text = f"{GOOD}\n{SOFT}\nbad\tline\n{GOOD.replace('ttbar', 'TTbar')};m-,20000,14000,0,0\n" + f"{GOOD}\n" * 96
    path = write(tmp_path / "ttbar_10fb.csv", text)
    output, quarantine = tmp_path / "out" / "events.h5", tmp_path / "log" / "bad.txt"
    counts = skim(path, output, quarantine, process="ttbar", attributes={"luminosity": 10.0}, show_progress=False)
    return path, output, quarantine, counts


def test_skim_counts_and_attributes(skimmed):
    path, output, _, counts = skimmed
    assert counts == {
        "read": 100,
        "kept": 98,
        "rejected": 1,
        "quarantined": 1,
        "truncated": 0,
        "objects_outside_acceptance": 1,
    }
    with EventReader(output) as reader:
        assert len(reader) == 98
        expected = {
            "process": "ttbar",
            "process_spelling": ["TTbar", "ttbar"],
            "source": path.name,
            "source_sha256": sha256_of(path),
            "cuts": describe_cuts(),
            "counts": counts,
            "quarantine_reasons": {"event id is not an integer": 1},
            "luminosity": 10.0,
        }
        assert {name: reader.attributes[name] for name in expected} == expected
    assert set(read_events(output).events["process"]) == {b"ttbar"}


def test_skim_quarantine_file(skimmed):
    lines = skimmed[2].read_text().splitlines()
    assert lines == ["line\treason\ttext", "3\tevent id is not an integer\tbad\tline"]


def test_skim_without_the_event_selection(skimmed, tmp_path):
    counts = skim(skimmed[0], tmp_path / "all.h5", tmp_path / "q.txt", require_valid=False, show_progress=False)
    assert (counts["kept"], counts["rejected"], counts["objects_outside_acceptance"]) == (99, 0, 2)
    assert set(read_events(tmp_path / "all.h5").events["process"]) == {b"ttbar", b"TTbar"}


def test_skim_accepts_aliases_of_the_process(skimmed, tmp_path):
    counts = skim(
        skimmed[0],
        tmp_path / "a.h5",
        tmp_path / "q.txt",
        process="top",
        aliases=("TTBAR",),
        show_progress=False,
    )
    assert counts["kept"] == 98 and set(read_events(tmp_path / "a.h5").events["process"]) == {b"top"}


def test_skim_is_the_same_from_gzip(skimmed, tmp_path):
    packed = write(tmp_path / "ttbar_10fb.csv.gz", skimmed[0].read_text())
    skim(packed, tmp_path / "gz.h5", tmp_path / "q.txt", process="ttbar", show_progress=False)
    plain, unpacked = read_events(skimmed[1]), read_events(tmp_path / "gz.h5")
    assert (plain.events == unpacked.events).all() and (plain.objects == unpacked.objects).all()


def test_skim_quarantine_keeps_one_row_a_line(tmp_path):
    path = write(tmp_path / "a.csv", f"{GOOD}\nx\ry\x0bz\0\u2028é\n")
    skim(path, tmp_path / "e.h5", tmp_path / "q.tsv", max_bad_fraction=1.0, show_progress=False)
    rows = (tmp_path / "q.tsv").read_text(encoding="utf-8").splitlines()
    assert rows[1:] == ["2\tevent id is not an integer\tx\\x0dy\\x0bz\\x00\\u2028é"]


def test_too_many_bad_lines_leaves_the_quarantine_and_no_events(tmp_path):
    path = write(tmp_path / "a.csv", f"{GOOD}\n" * 97 + "x\n" * 3)
    output, quarantine = tmp_path / "out" / "events.h5", tmp_path / "bad.txt"
    with pytest.raises(TooManyBadLines) as error:
        skim(path, output, quarantine, max_bad_fraction=0.02, show_progress=False)
    for part in (
        str(path),
        "line 98",
        "event id is not an integer",
        str(quarantine),
        "skim.max_bad_fraction",
    ):
        assert part in str(error.value)
    assert not list(output.parent.iterdir())
    assert [line.split("\t")[0] for line in quarantine.read_text().splitlines()] == [
        "line",
        "98",
        "99",
        "100",
    ]
    assert skim(path, output, quarantine, max_bad_fraction=0.03, show_progress=False)["quarantined"] == 3


def test_empty_file_is_refused(tmp_path):
    with pytest.raises(RowFileError, match=r"a\.csv: has no lines"):
        skim(write(tmp_path / "a.csv", "\n\n"), tmp_path / "e.h5", tmp_path / "q.txt", show_progress=False)
    assert not (tmp_path / "e.h5").exists()
