"""Peak memory of a process: what it held itself, and nothing of its parent; and whether a process has ended."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import psutil
import pytest

from deepcollider import machine
from deepcollider.machine import describe_machine, has_ended, peak_memory_mb, this_process

HELD_MB = 300
SCRIPT = f"""
import sys
sys.path[:0] = {sys.path!r}
from deepcollider.machine import peak_memory_mb
before = peak_memory_mb()
block = b"x" * (int(sys.argv[1]) << 20)
del block
print(before, peak_memory_mb())
"""


def of_a_child(megabytes):
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(megabytes)], capture_output=True, text=True, check=True)
    before, after = map(float, done.stdout.split())
    return before, after


def test_memory_that_was_freed_still_counts():
    before, after = of_a_child(HELD_MB)
    assert 3 < before < 200
    assert HELD_MB - 10 < after - before < HELD_MB + 20  # the kernel counts in batches of pages


def test_memory_of_the_parent_does_not_count():
    block = np.ones((HELD_MB << 20) // 8)
    before, after = of_a_child(0)
    assert block.nbytes >> 20 == HELD_MB < peak_memory_mb()
    assert before <= after < HELD_MB


def test_machine_is_one_line_with_its_cores():
    assert "cores" in describe_machine()
    assert "\n" not in describe_machine()


WAITING = f"""
import json, sys
sys.path[:0] = {sys.path!r}
from deepcollider.machine import this_process
print(json.dumps(this_process()), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def child():
    """A running process, and how it describes itself."""
    with subprocess.Popen([sys.executable, "-c", WAITING], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process, json.loads(process.stdout.readline())
        process.stdin.close()


def test_process_is_told_by_pid_and_start(child):
    process, described = child
    assert set(described) == {"host", "boot", "namespace", "pid", "started"}
    assert described["pid"] == process.pid
    own = this_process()
    assert own["pid"] == os.getpid()
    assert {**described, "pid": 0, "started": 0} == {**own, "pid": 0, "started": 0}
    ticks = (int(described["started"]) - int(own["started"])) / os.sysconf("SC_CLK_TCK")
    assert ticks == pytest.approx(psutil.Process(process.pid).create_time() - psutil.Process().create_time(), abs=0.05)


def test_process_is_alive_until_it_ends(child):
    process, described = child
    assert has_ended(this_process()) is False
    assert has_ended(described) is False
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE
    assert has_ended(described) is True
    process.wait()
    assert has_ended(described) is True


def test_stopped_process_is_alive(child):
    process, described = child
    process.send_signal(signal.SIGSTOP)
    assert has_ended(described) is False
    process.send_signal(signal.SIGCONT)


def test_pid_that_was_given_away_is_not_the_process():
    own = this_process()
    assert has_ended({**own, "started": str(int(own["started"]) - 1)}) is True
    assert has_ended({**own, "pid": 1}) is True  # process 1 is there, but started long before


def test_boot_ends_every_process_of_its_host():
    assert has_ended({**this_process(), "boot": "another"}) is True


def test_processes_of_other_hosts_and_containers_cannot_be_told():
    own = this_process()
    assert has_ended({**own, "host": "another"}) is None
    assert has_ended({**own, "host": "another", "boot": "another"}) is None
    assert has_ended({**own, "namespace": "pid:[1]", "pid": 2**30}) is None
    assert has_ended({**own, "boot": None}) is None


def test_container_that_hides_its_namespace_is_not_told_from_others(monkeypatch):
    monkeypatch.setattr(machine, "_pid_namespace", lambda: None)
    assert has_ended({**this_process(), "pid": 2**30}) is None


@pytest.mark.parametrize("host", ["localhost", "localhost.localdomain"])
def test_name_of_many_hosts_is_no_host(monkeypatch, host):
    monkeypatch.setattr(machine.socket, "gethostname", lambda: host)
    assert has_ended(this_process()) is False
    assert has_ended({**this_process(), "boot": "another"}) is None


@pytest.mark.parametrize("pid", [None, "12", 0, -1, True, 1.5])
def test_what_is_no_description_tells_nothing(pid):
    assert has_ended({**this_process(), "pid": pid}) is None
    assert has_ended({}) is None


def test_pid_that_no_system_gives_has_ended():
    assert has_ended({**this_process(), "pid": 2**70}) is True


def test_process_whose_start_is_hidden_counts_as_alive(monkeypatch):
    own = this_process()
    monkeypatch.setattr(machine, "_state_and_start", lambda _: None)
    assert has_ended(own) is False
    assert this_process()["started"] is None
