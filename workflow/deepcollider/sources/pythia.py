"""Embedded Monte Carlo: Pythia 8 events through the fast detector into Dark Machines CSV.

The settings of each process live in ``config/processes.tsv``; here are the ones common to all. Pythia and
numpy's generator take the same seed, and numpy draws batch by batch: the same settings, seed and batch size
give the same bytes. Cross sections are leading order.
"""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from deepcollider.files import write_json, written_whole
from deepcollider.machine import describe_machine
from deepcollider.physics.acceptance import has_trigger
from deepcollider.physics.events import Events, jet_ht
from deepcollider.seeds import LARGEST as MAX_SEED
from deepcollider.sources.csv_writer import format_events
from deepcollider.sources.detector import Detected, detect, select_objects

BASE_SETTINGS = (
    "Beams:eCM = 13000.",
    "Tune:pp = 21",  # A14 with NNPDF2.3LO
    "ParticleDecays:limitTau0 = on",  # stable are those with c tau above 10 mm
    "ParticleDecays:tau0Max = 10.",
    "Print:quiet = on",
    "SLHA:verbose = 0",
)

FB_PER_MB = 1e12
PATIENCE = 10_000
"""Generated events without a single accepted one after which a run gives up.

A process of efficiency 0.1 % gets past it but for one run in twenty thousand.
"""

REPOSITORY = Path(__file__).resolve().parents[3]

NOT_IN_PYTHIA = (
    "ttbarGam",
    "ttbarZ",
    "ttbarW",
    "ttbarWW",
    "4top",
    "atop",
    "atopbar",
    "ztop",
    "ztopbar",
    "wtop",
    "wtopbar",
)
"""Processes of the published sample that Pythia 8 has no matrix element for."""


class UnsupportedProcess(ValueError):  # noqa: N818 - reads as what it is at the place where it is raised
    """A process was asked of a source that cannot make it."""


class PythiaError(RuntimeError):
    """Pythia refused its settings or could not go on."""


def check_supported(process: str, source: str = "pythia") -> None:
    """Refuse a process that Pythia has no built-in for, when ``source`` is "pythia"."""
    if source == "pythia" and process in NOT_IN_PYTHIA:
        raise UnsupportedProcess(
            f"Pythia 8 has no built-in process for {process!r} (it has none for {', '.join(NOT_IN_PYTHIA)}). "
            f"In the configuration set processes.{process}.source to 'zenodo' (published sample, record 3685861) "
            f"or to 'file' (a CSV of your own)."
        )


def initialise(settings: Iterable[str], seed: int):
    """A ``pythia8mc.Pythia`` ready to generate: BASE_SETTINGS, then ``settings``, then ``seed``."""
    import pythia8mc

    if not 1 <= seed <= MAX_SEED:
        raise ValueError(f"seed {seed} is outside 1..{MAX_SEED}: Pythia would ignore it or take the time of day")
    settings = [text.strip() for text in settings if text.strip()]
    if not settings:
        raise ValueError("no Pythia setting given: at least one must switch a process on")
    pythia = pythia8mc.Pythia("", False)
    for text in (*BASE_SETTINGS, *settings, "Random:setSeed = on", f"Random:seed = {seed}"):
        _apply(pythia, text)
    if not pythia.init():
        raise PythiaError(f"Pythia did not initialise with the settings {'; '.join(settings)}")
    for text in settings:
        _check_mass(pythia, text)
    return pythia


def _apply(pythia, text: str) -> None:
    """Apply one ``key = value`` setting."""
    key, _, value = (part.strip() for part in text.partition("="))
    if key.lower() == "slha:file":
        # set as a word: Pythia's own parser would cut a path at its first space
        pythia.settings.word("SLHA:file", str(_existing(value)))
    elif not pythia.readString(text):
        raise PythiaError(f"Pythia does not accept the setting {text!r}")


def _check_mass(pythia, text: str) -> None:
    """Refuse a setting ``<id>:m0 = <mass>`` that an SLHA file has overruled: Pythia itself would not say so.

    The file brings a mass and a mass range of its own. The mass stands only with SLHA:allowUserOverride, and even
    then masses are drawn within the file's range unless mMin and mMax are set too.
    """
    key, _, value = (part.strip() for part in text.partition("="))
    code, _, name = key.partition(":")
    if name.lower() != "m0" or not code.isdigit():
        return
    data, wanted = pythia.particleData, float(value)
    lowest, highest = data.mMin(int(code)), data.mMax(int(code))
    if data.m0(int(code)) != wanted or wanted < lowest or lowest < highest < wanted:
        raise PythiaError(
            f"{text}: the SLHA file overrules it, masses are drawn from {lowest:g} to {highest:g} GeV; "
            f"set SLHA:allowUserOverride = on, {code}:mMin and {code}:mMax around the mass too"
        )


def _existing(name: str) -> Path:
    """Path of an SLHA file: relative to the working directory, else to the repository."""
    for path in (Path(name), REPOSITORY / name):
        if path.is_file():
            return path
    raise PythiaError(f"SLHA:file = {name}: no such file")


@dataclass(frozen=True)
class Preselection:
    """What an event needs beside the event selection, as some published files have it.

    ``min_ht`` stands in for a cut that the published sample has on the generator's partons: here it is on the
    detected jets, so that no event lies below it but the turn-on differs.
    """

    min_ht: float = 0.0  # GeV; HT of jets and b-jets must lie above, 0 for no cut
    contains: int | None = None  # PDG id that must stand somewhere in the event record; its sign counts

    def passes(self, particles, events: Events) -> np.ndarray:
        """Mask (N,) of the events to keep; ``particles`` is awkward (N, var) as Pythia made them."""
        import awkward as ak

        kept = np.ones(len(events), bool)
        if self.min_ht > 0:
            kept &= jet_ht(events.objects) > self.min_ht
        if self.contains is not None:
            kept &= ak.to_numpy(ak.any(particles.id == self.contains, axis=1))
        return kept


NO_PRESELECTION = Preselection()


@dataclass
class RunStatistics:
    """Counts and times of one run.

    Pythia works in whole batches: generated, passed and time count all of the last one, although only those
    of its events that are still missing are accepted, so that ratios do not depend on where a run stops.
    """

    process: str
    seed: int
    batch_size: int
    min_ht: float = 0.0  # the preselection
    contains: int | None = None
    n_generated: int = 0
    n_passed: int = 0  # events that pass the event selection and the preselection
    n_accepted: int = 0  # those of them that are written
    n_truncated: int = 0  # accepted events that lost objects beyond the 20 hardest
    cpu_seconds: float = 0.0  # generation, detector and selection; neither initialisation nor writing
    init_seconds: float = 0.0  # wall clock
    sigma_fb: float = 0.0
    sigma_error_fb: float = 0.0
    pythia_version: str = ""
    machine: str = ""

    def as_dict(self) -> dict:
        """All fields and what follows from them."""
        return {**asdict(self), **_derived(self.n_generated, self.n_passed, self.cpu_seconds)}


def _derived(n_generated: int, n_passed: int, cpu_seconds: float) -> dict:
    """Efficiency of selection and preselection, and CPU time per event that passes."""
    return {
        "efficiency": n_passed / n_generated if n_generated else 0.0,
        "ms_per_accepted_event": 1000 * cpu_seconds / n_passed if n_passed else 0.0,
    }


def detected_batches(
    process: str, settings: Iterable[str], seed: int, batch_size: int
) -> Iterator[tuple[Any, Detected, RunStatistics]]:
    """Yield batches of ``batch_size`` simulated events without end, each as generated and as detected.

    What is generated is awkward (N, var) with fields id, status and p. The statistics are one object that is
    updated; who selects events counts n_passed and n_accepted. Gives up if none is accepted for long.
    """
    start = time.perf_counter()
    pythia = initialise(settings, seed)
    statistics = RunStatistics(process, seed, batch_size, machine=describe_machine())
    statistics.pythia_version = f"{pythia.settings.parm('Pythia:versionNumber'):.3f}"
    statistics.init_seconds = time.perf_counter() - start
    rng = np.random.default_rng(seed)
    while True:
        start = time.process_time()
        particles = pythia.nextBatch(batch_size).prt
        if len(particles) == 0:
            raise PythiaError(f"{process}: Pythia gave no event; its own message is in the log")
        detected = detect(particles, rng)
        statistics.n_generated += len(particles)
        statistics.cpu_seconds += time.process_time() - start
        info = pythia.infoPython()
        statistics.sigma_fb = info.sigmaGen() * FB_PER_MB
        statistics.sigma_error_fb = info.sigmaErr() * FB_PER_MB
        yield particles, detected, statistics
        if statistics.n_accepted == 0 and statistics.n_generated >= PATIENCE:
            raise PythiaError(
                f"{process}: none of {statistics.n_generated} events passes the event selection "
                f"(preselection: min_ht {statistics.min_ht:g} GeV, contains {statistics.contains})"
            )


def simulate_events(
    process: str,
    settings: Iterable[str],
    n_accepted: int,
    seed: int,
    batch_size: int,
    preselection: Preselection = NO_PRESELECTION,
    progress=None,
) -> Iterator[tuple[Events, RunStatistics]]:
    """Yield batches of accepted events, ``n_accepted`` in all, each with the statistics so far.

    Accepted is an event with at least one object that makes it valid (``physics.acceptance.has_trigger``) that
    passes the ``preselection`` too. ``progress`` gets the number of newly accepted events.
    """
    check_supported(process)
    for particles, detected, statistics in detected_batches(process, settings, seed, batch_size):
        statistics.min_ht, statistics.contains = preselection.min_ht, preselection.contains
        events = _accept(particles, detected, preselection, n_accepted, statistics)
        if progress is not None:
            progress(len(events))
        yield events, statistics
        if statistics.n_accepted >= n_accepted:
            return


def _accept(
    particles, detected: Detected, preselection: Preselection, n_wanted: int, statistics: RunStatistics
) -> Events:
    """Accepted events of a batch, at most as many as are still missing; updates ``statistics``."""
    start = time.process_time()
    events, truncated = select_objects(detected)
    done = statistics.n_accepted
    passed = np.flatnonzero(has_trigger(events.objects) & preselection.passes(particles, events))
    rows = passed[: n_wanted - done]
    accepted = events.take(rows)
    accepted.events["event_id"] = np.arange(done, done + len(rows))
    accepted.events["process"] = statistics.process
    statistics.n_accepted += len(rows)
    statistics.n_passed += len(passed)
    statistics.n_truncated += int(truncated[rows].sum())
    statistics.cpu_seconds += time.process_time() - start
    return accepted


def simulate_to_csv(
    path: str | Path,
    statistics_path: str | Path,
    process: str,
    settings: Iterable[str],
    n_accepted: int,
    seed: int,
    batch_size: int,
    show_progress: bool = True,
    preselection: Preselection = NO_PRESELECTION,
) -> dict:
    """Write ``n_accepted`` events to the CSV ``path`` and statistics to the JSON ``statistics_path``."""
    if n_accepted < 1 or batch_size < 1:
        raise ValueError(f"n_accepted ({n_accepted}) and batch_size ({batch_size}) must be at least 1")
    bar = tqdm(total=n_accepted, desc=process, unit="event", disable=not show_progress, mininterval=2.0)
    with bar, written_whole(path) as temporary, open(temporary, "w", encoding="ascii", newline="\n") as csv:
        for events, statistics in simulate_events(
            process, settings, n_accepted, seed, batch_size, preselection, bar.update
        ):
            csv.write(format_events(events))
            summary = statistics.as_dict()
    write_json(summary, statistics_path)
    return summary


def merge_statistics(chunks: Iterable[str | Path], path: str | Path) -> dict:
    """Sum the statistics of the chunks of one process into the JSON ``path``.

    The cross section is the mean over chunks weighted by the events generated.
    """
    runs = [json.loads(Path(chunk).read_text(encoding="utf-8")) for chunk in chunks]
    processes = sorted({run["process"] for run in runs})
    preselections = {(run["min_ht"], run["contains"]) for run in runs}
    if len(processes) != 1 or len(preselections) != 1:
        raise ValueError(
            f"statistics to merge must be of one process and preselection, these are of {processes} "
            f"with (min_ht, contains) {', '.join(map(str, preselections))}"
        )
    ((min_ht, contains),) = preselections
    summed = ("n_generated", "n_passed", "n_accepted", "n_truncated", "cpu_seconds", "init_seconds")
    total = {name: sum(run[name] for run in runs) for name in summed}
    weight = np.array([run["n_generated"] for run in runs]) / total["n_generated"]
    merged = {
        "process": processes[0],
        "seeds": [run["seed"] for run in runs],
        "batch_sizes": sorted({run["batch_size"] for run in runs}),
        "min_ht": min_ht,
        "contains": contains,
        **total,
        "sigma_fb": float(weight @ [run["sigma_fb"] for run in runs]),
        "sigma_error_fb": float(np.linalg.norm(weight * [run["sigma_error_fb"] for run in runs])),
        "pythia_version": ", ".join(sorted({run["pythia_version"] for run in runs})),
        "machine": ", ".join(sorted({run["machine"] for run in runs})),
        **_derived(total["n_generated"], total["n_passed"], total["cpu_seconds"]),
    }
    write_json(merged, path)
    return merged
