"""Peak memory of a process: what it held itself, and nothing of its parent."""

import subprocess
import sys

import numpy as np

from deepcollider.machine import describe_machine, peak_memory_mb

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
