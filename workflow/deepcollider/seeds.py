"""Seeds: one number in the config, and from it one for every job."""

import hashlib

LARGEST = 900_000_000
"""Pythia's largest seed; the others have no smaller limit."""


def derive_seed(seed: int, *names: str | int) -> int:
    """A seed in 1..LARGEST for the job described by ``names``, the same on every machine."""
    text = "/".join(str(name) for name in (seed, *names))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") % LARGEST + 1
