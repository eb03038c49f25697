"""Failed jobs on the screen: rule, wildcards, log and its last lines, whatever Snakemake is told to be quiet about.

Snakemake counts the message of a failed job as news of its rule: with ``quiet: rules`` it is never shown, and neither
are the logs that ``show-failed-logs`` asks for. Its messages carry their event, which a handler of our own reads.
"""

import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

LAST_LINES = 30
"""Lines of a failed job's log that are shown."""

TAIL_BYTES = 2**16
"""Bytes of a log in which these lines are looked for: a log may be long, and one of its lines too."""


def last_lines(path: str | Path, n: int = LAST_LINES) -> list[str]:
    """Return the last ``n`` lines of a text file; what is not UTF-8 in it is replaced."""
    with open(path, "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
        return file.read().decode("utf-8", errors="replace").splitlines()[-n:]


def describe_failure(rule: str, wildcards: Mapping[str, str], logs: Iterable[str]) -> str:
    """Say which job failed, where its log is, and how that ends."""
    told = ", ".join(f"{name}={value}" for name, value in wildcards.items())
    lines = [f"Failed: {rule}" + (f" ({told})" if told else "")]
    for log in logs:
        try:
            end = last_lines(log)
        except OSError:
            lines.append(f"    log: {log} (not written: the job ended before it could say anything)")
            continue
        lines += [f"    log: {log}" + (", which ends with" if end else " (empty)"), *(f"    | {line}" for line in end)]
    return "\n".join(lines)


class ShowFailures(logging.Handler):
    """Answers each event of a failed job with a message that no quietness but ``all`` holds back.

    It remembers the wildcards of the jobs that began, since the event of a failure lacks them, and the failures, for
    :meth:`summary`.
    """

    def __init__(self, logger: logging.Logger):
        super().__init__()
        self.logger = logger
        self.wildcards: dict[int, dict[str, str]] = {}
        self.failed: dict[int, str] = {}

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(getattr(record, "event", None), "name", None)
        if event == "JOB_INFO":
            self.wildcards[record.jobid] = dict(record.wildcards or {})
        elif event == "JOB_ERROR":
            wildcards = self.wildcards.get(record.jobid, {})
            self.failed[record.jobid] = describe_failure(record.rule_name, wildcards, [])
            self.logger.error(describe_failure(record.rule_name, wildcards, record.log))
        elif event == "JOB_FINISHED":
            self.failed.pop(record.job_id, None)  # a retry went well

    def summary(self) -> str:
        """List the jobs that failed and were not mended by a retry, a line each."""
        return "\n".join(self.failed.values())


def show_failures(logger: logging.Logger) -> ShowFailures:
    """Show failed jobs of this Snakemake from now on; called again, it changes nothing."""
    for handler in logger.handlers:
        if isinstance(handler, ShowFailures):
            return handler
    handler = ShowFailures(logger)
    logger.addHandler(handler)
    return handler
