"""Fuzzing of the CSV reader against a second parser, written here in plain Python from the description of the format.

The examples are drawn without chance (``derandomize``): every run tests the same ones.
"""

import gzip
import math
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from deepcollider.physics.events import concatenate, empty_events
from deepcollider.sources.dark_machines import read_csv, skim
from deepcollider.store.event_files import read_events
from deepcollider.store.rows import RowFileError


def fuzz(examples):
    return settings(
        derandomize=True,
        deadline=None,
        database=None,
        max_examples=examples,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


# ---- the second parser ----

CODES = {b"b": 1, b"j": 2, b"e-": 3, b"e+": 4, b"m-": 5, b"m+": 6, b"g": 7, b"mu-": 5, b"mu+": 6, b"a": 7}
BLANKS = b" \t\r"
NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
FLOAT32_MAX = float(np.finfo(np.float32).max)
OTHER_FORMAT = re.compile(
    rb"\xef\xbb\xbf\s*<|\s*<|PK\x03\x04|PK\x05\x06|\xfd7zXZ\x00|BZh|\x28\xb5\x2f\xfd|7z\xbc\xaf|.{257}ustar|"
    rb"\x89HDF|root\x00|PAR1|\xff\xfe|\xfe\xff|\x1f\x8b",
    re.DOTALL,
)


class OldLayoutError(Exception):
    pass


def number(field, scale=1.0, largest=FLOAT32_MAX):
    field = field.strip(BLANKS)
    if not NUMBER.fullmatch(field):
        raise ValueError(field)
    value = float(field) / scale
    if abs(value) > min(largest, FLOAT32_MAX):
        raise ValueError(field)
    return value


def parse_object(text):
    """(kind, E, pt, eta, phi) in GeV, rad."""
    symbol, energy, pt, eta, phi = text.split(b",")
    energy, pt = number(energy, 1000), number(pt, 1000)
    if not (np.float32(energy) > 0 and np.float32(pt) > 0):
        raise ValueError(text)
    return CODES[symbol.strip(BLANKS)], energy, pt, number(eta, largest=10.0), number(phi, largest=6.2832)


def parse_line(line):
    """(id, process, weight, MET, METphi, objects in the store's order, seen, closed) of a line; None if it is bad."""
    closed = line.endswith(b";")
    fields = (line[:-1] if closed else line).split(b";")
    try:
        identity, process = fields[0].strip(BLANKS), fields[1].strip(BLANKS)
        if not re.fullmatch(rb"[+-]?\d{1,18}", identity) or not re.fullmatch(rb"[ -~]{1,32}", process):
            return None
        weight = number(fields[2])
        if b"," in fields[3]:
            raise OldLayoutError
        met, met_phi = number(fields[3], 1000), number(fields[4], largest=6.2832)
        objects = [parse_object(text) for text in fields[5:]]
    except (ValueError, KeyError, IndexError):
        return None
    if met < 0:
        return None
    seen = len(objects)
    objects = sorted(objects, key=lambda o: -np.float32(o[2]))[:20]
    objects.sort(key=lambda o: (o[0], -np.float32(o[2])))
    return int(identity), process, weight, met, met_phi, objects, seen, closed


def parse_file(data):
    """Events, and (number, line) of the bad ones; OldLayoutError where the reader must refuse the file."""
    events, bad = [], []
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    for n, line in enumerate(lines, start=1):
        line = line.strip(BLANKS)
        if not line:
            continue
        try:
            event = parse_line(line)
        except OldLayoutError:
            if not events:
                raise
            event = None
        cut = n == len(lines) and events and events[-1][7] and not line.endswith(b";")
        if event is None or cut:
            bad.append((n, line))
        else:
            events.append(event)
    return events, bad


def assert_angle(found, text_value):
    """The same direction, in (-pi, pi]; the same number if it was already there."""
    assert -math.pi < float(found) <= math.pi
    if abs(text_value) < 3.14159:
        assert found == np.float32(text_value)
    assert abs(math.remainder(float(found) - text_value, 2 * math.pi)) < 1e-6


def assert_events(found, expected):
    """Every field of the events read agrees with the second parser, to one unit in the last place of float32."""

    def close(value, truth):
        np.testing.assert_allclose(value, np.float32(truth), rtol=1.2e-7, atol=1e-45)

    assert len(found) == len(expected)
    for row, slots, event in zip(found.events, found.objects, expected, strict=True):
        identity, process, weight, met, met_phi, objects, _, _ = event
        assert (row["event_id"], row["process"], row["n_objects"]) == (identity, process, len(objects))
        close(row["weight"], weight)
        close(row["met"], met)
        assert_angle(row["met_phi"], met_phi)
        assert slots["kind"].tolist() == [o[0] for o in objects] + [0] * (20 - len(objects))
        assert slots["valid"].tolist() == [True] * len(objects) + [False] * (20 - len(objects))
        assert not slots[len(objects) :].tobytes().strip(b"\0")
        filled = slots[: len(objects)]
        for name, truth in zip(("energy", "pt", "eta"), list(zip(*objects, strict=True))[1:4], strict=False):
            close(filled[name], truth)
        for phi, truth in zip(filled["phi"], objects, strict=True):
            assert_angle(phi, truth[4])


# ---- lines, good and bad ----

DIGITS = st.sampled_from(["{:.6g}", "{:.4f}", "{:.5e}", "{:+.6g}", "{:.1f}", "{:.6G}", "{:014.6f}"])
BLANK = st.sampled_from(["", "", "", " ", "\t", " \r"])


def written(values, forms=DIGITS):
    """Numbers as text, in some of the ways that there are."""
    return st.builds(lambda form, value: form.format(value), forms, values)


def angles(limit):
    return st.one_of(
        st.floats(-limit, limit),
        st.sampled_from([math.pi, -math.pi, float(np.float32(math.pi)), -float(np.float32(math.pi)), 0.0, 6.2831]),
    )


ENERGIES = st.floats(1.0, 7.0).map(lambda power: 10**power)
PHI = written(angles(6.28), st.sampled_from(["{:.6g}", "{:.9g}", "{:.4f}", "{:.5e}", "{:+.6g}"]))
OBJECT = st.builds(
    lambda blank, *fields: f",{blank}".join(fields),
    BLANK,
    st.sampled_from([symbol.decode() for symbol in CODES]),
    written(ENERGIES),
    written(ENERGIES),
    written(st.floats(-9.9, 9.9)),
    PHI,
)
HEADER = st.builds(
    lambda blank, *fields: f"{blank};".join(fields),
    BLANK,
    st.integers(-(10**17), 10**17).map(str),
    st.sampled_from(["ttbar", "Z p", "p", "x" * 32]),
    written(st.floats(-1e3, 1e3)),
    written(ENERGIES),
    PHI,
)
LINE = st.builds(
    lambda blank, head, objects, end: (blank + ";".join([head, *objects]) + end).encode(),
    BLANK,
    HEADER,
    st.one_of(st.lists(OBJECT, max_size=6), st.lists(OBJECT, min_size=18, max_size=26)),
    st.sampled_from(["", "", ";", "\r", ";\r", " "]),
)
ODD_BYTES = st.sampled_from(
    (
        *(b"\0", b"\r", b"\x1a", b"\xff\xfe", "é".encode(), " \u2028".encode(), b"<html>", b'"', b"x" * 5000),
        *(b";", b",", b";;", b",,", b"-", b"-", b"+", b".", b"e", b" ", b"nan", b"inf"),
        *(b"1e999", b"1e-999", b"9" * 30, b"0" * 400, b"1e22"),
    )
)


@st.composite
def mutated(draw):
    """A good line with a few accidents: cut, bytes lost or put in, anywhere or before a field."""
    line = draw(LINE)
    for _ in range(draw(st.integers(1, 3))):
        at, end = sorted((draw(st.integers(0, len(line))), draw(st.integers(0, len(line)))))
        accident = draw(st.sampled_from(["cut", "lose", "insert", "replace", "before a field", "before a field"]))
        if accident == "cut":
            line = line[:at]
        elif accident == "lose":
            line = line[:at] + line[min(end, at + 3) :]
        elif accident == "before a field":
            fields = re.split(rb"([;,])", line)
            fields.insert(2 * draw(st.integers(0, min(len(fields) // 2, 12))), draw(ODD_BYTES))
            line = b"".join(fields)
        else:
            line = line[:at] + draw(ODD_BYTES) + line[at if accident == "insert" else at + 1 :]
    return line


GARBAGE = st.one_of(
    st.binary(max_size=60).map(lambda data: data.replace(b"\n", b"")),
    st.text(max_size=30).map(lambda text: text.replace("\n", "").encode()),
    st.sampled_from([b"", b"  ", b"\r", b"7;ttbar;1;j,102950,-0.231721,-2.81374", b"eventID;process;weight;MET"]),
    mutated(),
)
FIRST = b"1;ttbar;1;50000;0.5;j,100000,90000,0.5,1"  # a good line in front: the file is what it says


@st.composite
def mixed_file(draw):
    """Good lines with garbage between them, with or without a newline at the end."""
    lines = draw(st.lists(st.one_of(LINE, GARBAGE), min_size=1, max_size=8))
    return b"\n".join([FIRST, *lines]) + draw(st.sampled_from([b"\n", b"\n", b""]))


STARTS = (
    *(b"", b"", b"\xef\xbb\xbf", b"\0" * 100, b"<", b"\n\n <!DOCTYPE", b"\xff\xfe"),
    *(b"\x1f\x8b", b"\x1f\x8b\x08\0\0\0\0\0", b"PK\x03\x04", b"BZh91AY&SY", b"\xfd7zXZ\0"),
    *(b"root\0", b"\x89HDF\r\n\x1a\n"),
)
BLOCK_BYTES = st.one_of(st.integers(1, 40), st.integers(41, 3000), st.just(2**20))
THREADS = st.integers(1, 3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


def read_all(path, **options):
    blocks = list(read_csv(path, **options))
    bad = [line for block in blocks for line in block.bad_lines]
    return (
        concatenate([empty_events(0), *(block.events for block in blocks)]),
        bad,
        sum(block.n_truncated for block in blocks),
    )


def as_text(line):
    return line.decode(errors="backslashreplace")


# ---- what must hold ----


@fuzz(200)
@given(data=mixed_file(), block_bytes=BLOCK_BYTES, threads=THREADS)
def test_no_good_line_is_lost_and_no_bad_one_kept(folder, data, block_bytes, threads):
    path = folder / "mixed.csv"
    path.write_bytes(data)
    expected, expected_bad = parse_file(data)
    events, bad, truncated = read_all(path, block_bytes=block_bytes, threads=threads)
    assert_events(events, expected)
    assert [(line.number, line.text) for line in bad] == [(n, as_text(line)) for n, line in expected_bad]
    assert truncated == sum(event[6] > 20 for event in expected)
    assert len(events) + len(bad) == sum(line.strip(BLANKS) != b"" for line in data.split(b"\n"))


ODD_FIELDS = (
    *(
        "",
        " ",
        "0",
        "-0",
        "-1",
        "+1",
        "--1",
        "1.2.3",
        "1..2",
        ".",
        "5.",
        ".5",
        "1e",
        "1e+",
        "1e5",
        "-1e5",
        "1e60",
        "1e-60",
    ),
    *(
        "1e999",
        "1e-999",
        "0x1",
        "1_0",
        "1 1",
        "nan",
        "-inf",
        "Infinity",
        "6.2831",
        "6.2833",
        "-6.2833",
        "9.99",
        "-10.1",
    ),
    *(
        "12345678901234567",
        "0.0000000000000000001",
        "9" * 400,
        "0." + "9" * 400,
        "j",
        "b ",
        "mu-",
        "mu",
        "a",
        "e",
        "é",
        "\0",
    ),
)


@fuzz(25)
@given(line=LINE, threads=THREADS)
def test_every_field_with_every_odd_value(folder, line, threads):
    fields = re.split(rb"([;,])", line)
    lines = [FIRST] + [
        b"".join([*fields[:i], odd.encode(), *fields[i + 1 :]])
        for i in range(0, min(len(fields), 28), 2)
        for odd in ODD_FIELDS
    ]
    path = folder / "odd.csv"
    path.write_bytes(b"\n".join(lines) + b"\n")
    expected, expected_bad = parse_file(path.read_bytes())
    events, bad, _ = read_all(path, threads=threads)
    assert [line.number for line in bad] == [n for n, _ in expected_bad]
    assert_events(events, expected)


@fuzz(200)
@given(
    data=st.one_of(
        st.binary(max_size=300),
        st.builds(
            lambda start, lines: start + b"\n".join(lines),
            st.sampled_from(STARTS),
            st.lists(st.one_of(LINE, GARBAGE), max_size=5),
        ),
    ),
    block_bytes=BLOCK_BYTES,
    threads=THREADS,
)
def test_arbitrary_bytes_are_read_or_refused_in_words(folder, data, block_bytes, threads):
    path = folder / "bytes.csv"
    path.write_bytes(data)
    try:
        events, bad, _ = read_all(path, block_bytes=block_bytes, threads=threads)
    except RowFileError as error:
        assert str(error).startswith(f"{path}: ")
        if "layout of 2019" in str(error):
            with pytest.raises(OldLayoutError):
                parse_file(data)
        else:
            assert OTHER_FORMAT.match(data)
        return
    expected, expected_bad = parse_file(data)
    assert [(line.number, line.text) for line in bad] == [(n, as_text(line)) for n, line in expected_bad]
    assert_events(events, expected)


@fuzz(60)
@given(data=mixed_file(), require_valid=st.booleans(), threads=THREADS)
def test_skim_counts_add_up_and_the_quarantine_holds_the_bad_lines(folder, data, require_valid, threads):
    path, output, quarantine = folder / "skim.csv", folder / "events.h5", folder / "bad.tsv"
    path.write_bytes(data)
    counts = skim(
        path,
        output,
        quarantine,
        max_bad_fraction=1.0,
        require_valid=require_valid,
        threads=threads,
        show_progress=False,
    )
    expected, expected_bad = parse_file(data)
    assert counts["read"] == counts["kept"] + counts["rejected"] + counts["quarantined"]
    assert counts["read"] == len(expected) + len(expected_bad)
    assert counts["quarantined"] == len(expected_bad)
    kept = read_events(output)
    assert len(kept) == counts["kept"] and (require_valid or counts["rejected"] == 0)
    ids = iter([event[0] for event in expected])
    assert all(identity in ids for identity in kept.events["event_id"].tolist())  # in the order of the file
    rows = [row.split("\t", 2) for row in quarantine.read_text(encoding="utf-8").splitlines()[1:]]
    assert [int(row[0]) for row in rows] == [n for n, _ in expected_bad]
    for (_, reason, text), (_, line) in zip(rows, expected_bad, strict=True):
        assert reason and "\t" not in reason
        if line.isascii():
            shown = [c if c.isprintable() or c == "\t" else f"\\x{ord(c):02x}" for c in line.decode()]
            assert text == "".join(shown)


SIX_DIGITS = st.builds(
    lambda mantissa, exponent, form: form.format(float(f"{mantissa}e{exponent}")),
    st.integers(1, 999_999),
    st.integers(-5, 9),
    st.sampled_from(["{:.6g}", "{:.5e}", "{:.5E}"]),
)


@fuzz(300)
@given(met=SIX_DIGITS, energy=SIX_DIGITS, pt=SIX_DIGITS)
def test_mev_become_gev_as_exact_division_does(folder, met, energy, pt):
    path = folder / "mev.csv"
    path.write_text(f"1;p;1;{met};0;j,{energy},{pt},0,0\n")
    events, bad, _ = read_all(path)
    assert not bad
    found = (events.events["met"][0], events.objects["energy"][0, 0], events.objects["pt"][0, 0])
    assert found == tuple(np.float32(float(text) / 1000) for text in (met, energy, pt))


@fuzz(150)
@given(phi=st.lists(PHI, min_size=1, max_size=20))
def test_angles_come_in_minus_pi_to_pi(folder, phi):
    path = folder / "phi.csv"
    path.write_text("".join(f"{i};p;1;1;{text};g,{i + 1},{i + 1},0,{text}\n" for i, text in enumerate(phi)))
    events, bad, _ = read_all(path)
    assert not bad
    for column in (events.events["met_phi"], events.objects["phi"][:, 0]):
        for found, text in zip(column, phi, strict=True):
            assert_angle(found, float(text))


@fuzz(100)
@given(objects=st.lists(OBJECT, max_size=45), threads=THREADS)
def test_the_twenty_hardest_are_kept_ordered_by_kind_and_pt(folder, objects, threads):
    path = folder / "many.csv"
    path.write_text(";".join(["1;p;1;1;0", *objects]) + "\n")
    events, _, truncated = read_all(path, threads=threads)
    slots = events.objects[0][events.objects[0]["valid"]]
    assert truncated == (len(objects) > 20) and len(slots) == min(len(objects), 20) == events.events["n_objects"][0]
    assert (np.diff(slots["kind"].astype(int)) >= 0).all()
    assert (np.diff(slots["pt"])[np.diff(slots["kind"]) == 0] <= 0).all()
    all_pt = sorted((np.float32(float(text.split(",")[2]) / 1000) for text in objects), reverse=True)
    assert sorted(slots["pt"], reverse=True) == all_pt[:20]


@fuzz(80)
@given(data=mixed_file(), member=st.integers(1, 400), block_bytes=BLOCK_BYTES, threads=THREADS)
def test_packed_or_not_the_events_are_the_same(folder, data, member, block_bytes, threads):
    def written_as(name, content):
        path = folder / name
        path.write_bytes(content)
        return read_all(path, block_bytes=block_bytes, threads=threads)

    members = b"".join(gzip.compress(data[i : i + member]) for i in range(0, len(data), member))
    plain = written_as("same.csv", data)
    for other in (
        written_as("same.csv.gz", gzip.compress(data)),
        written_as("members.csv.gz", members),
        written_as("packed.csv", gzip.compress(data)),
        written_as("unpacked.csv.gz", data),
    ):
        assert (other[0].events == plain[0].events).all() and (other[0].objects == plain[0].objects).all()
        assert other[1:] == plain[1:]
