"""Failed jobs on the screen, whatever Snakemake is told to be quiet about."""

import logging
from types import SimpleNamespace

import pytest

from deepcollider.failures import LAST_LINES, TAIL_BYTES, ShowFailures, describe_failure, last_lines, show_failures


@pytest.fixture
def screen():
    """A logger that shows what it is told, and whose records of events are filtered away, as ``quiet: rules`` does."""
    logger = logging.Logger("of this test")
    shown = []
    handler = logging.Handler()
    handler.addFilter(lambda record: not hasattr(record, "event"))
    handler.emit = lambda record: shown.append(record.getMessage())
    logger.addHandler(handler)
    return logger, shown


def event(logger, name, **told):
    logger.info("told by Snakemake", extra={"event": SimpleNamespace(name=name), **told})


def test_failure_is_shown_with_rule_wildcards_and_the_end_of_its_log(screen, tmp_path):
    logger, shown = screen
    log = tmp_path / "train.log"
    log.write_text("".join(f"line {i}\n" for i in range(100)) + "ValueError: Z → µµ is not finite\n", encoding="utf-8")
    assert show_failures(logger) is show_failures(logger)
    event(logger, "JOB_INFO", jobid=3, wildcards={"process": "ttbar", "part": "met"})
    assert shown == []
    event(logger, "JOB_ERROR", jobid=3, rule_name="train", log=[str(log)])
    lines = shown[0].splitlines()
    assert lines[0] == "Failed: train (process=ttbar, part=met)"
    assert str(log) in lines[1]
    assert lines[-1] == "    | ValueError: Z → µµ is not finite"
    assert len(lines) == 2 + LAST_LINES


def test_summary_lists_what_no_retry_has_mended(screen):
    logger, _ = screen
    failures = show_failures(logger)
    for job in (1, 2):
        event(logger, "JOB_INFO", jobid=job, wildcards={"process": f"p{job}"})
        event(logger, "JOB_ERROR", jobid=job, rule_name="skim", log=[])
    event(logger, "JOB_FINISHED", job_id=1)
    assert failures.summary() == "Failed: skim (process=p2)"
    assert isinstance(failures, ShowFailures)


def test_log_that_says_nothing_is_told_as_such(tmp_path):
    empty = tmp_path / "empty.log"
    empty.touch()
    told = describe_failure("skim", {}, [str(empty), str(tmp_path / "none.log")])
    assert f"{empty} (empty)" in told
    assert f"{tmp_path / 'none.log'} (not written" in told


def test_end_of_a_long_log_is_read_alone(tmp_path):
    path = tmp_path / "long.log"
    path.write_bytes(b"\xff" * 2 * TAIL_BYTES + b"\nthe end\n")
    lines = last_lines(path, 2)
    assert lines[-1] == "the end"
    assert len(lines[0]) < TAIL_BYTES
