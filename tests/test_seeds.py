"""Seeds of jobs: fixed numbers, in Pythia's range, different for different jobs."""

import numpy as np
import pytest
from scipy import stats

from deepcollider.seeds import LARGEST, derive_seed


@pytest.mark.parametrize(
    ("names", "first_8_bytes"),  # of SHA-256, by another program, of the names joined by "/"
    [((13000, "train", "ttbar"), 17456025101475459475), ((0,), 6912158355717386040)],
)
def test_pinned_on_every_machine(names, first_8_bytes):
    assert derive_seed(*names) == first_8_bytes % 900_000_000 + 1


def test_range_is_that_of_pythia():
    assert LARGEST == 900_000_000
    seeds = [derive_seed(1, "simulate", i) for i in range(5000)]
    assert min(seeds) >= 1
    assert max(seeds) <= LARGEST
    assert stats.kstest(np.array(seeds) / LARGEST, "uniform").pvalue > 1e-3


def test_jobs_have_seeds_of_their_own():
    jobs = [
        (seed, rule, part, setting)
        for seed in (1, 2)
        for rule in ("train", "generate")
        for part in ("met", "jet", "bjet")
        for setting in ("beta-0.5", "beta-1.5")
    ]
    assert len({derive_seed(*job) for job in jobs}) == len(jobs)
    assert derive_seed(1, 23) != derive_seed(12, 3)
    assert derive_seed(1, "a", "b") != derive_seed(1, "b", "a")
