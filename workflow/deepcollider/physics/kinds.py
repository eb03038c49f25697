"""The seven reconstructed object kinds of the Dark Machines events (VAE thesis, Table 3.1).

The order here is the order in an event (b-jets, jets, leptons, photons), and ``code`` is the number that the event
store writes; 0 stands for "no object". It is the GAN thesis's order; the VAE thesis lists jets before b-jets, also in
its masks, which is a permutation of what networks see.
"""

from dataclasses import dataclass

MAX_OBJECTS = 20
"""Most objects of an event. The theses have 20 where they describe the sample (3.1), but the VAE thesis speaks of 19
objects beside tensors of 20 slots (7.3.1), and the slides of 19. 20 is the reading that fits the tensors."""

NO_OBJECT = 0
"""Kind code of an empty slot."""

MEV_PER_GEV = 1000.0
"""The CSV border is in MeV; everything inside is in GeV."""


@dataclass(frozen=True)
class Kind:
    """One kind of reconstructed object."""

    code: int
    symbol: str  # as in the CSV
    name: str  # as in paths, part names and tables
    label: str  # LaTeX, for axes
    family: str  # jet, electron, muon or photon: objects of a family share their cuts


KINDS = (
    Kind(1, "b", "bjet", r"$b$-jet", "jet"),
    Kind(2, "j", "jet", "jet", "jet"),
    Kind(3, "e-", "electron", r"$e^{-}$", "electron"),
    Kind(4, "e+", "positron", r"$e^{+}$", "electron"),
    Kind(5, "m-", "muon", r"$\mu^{-}$", "muon"),
    Kind(6, "m+", "antimuon", r"$\mu^{+}$", "muon"),
    Kind(7, "g", "photon", r"$\gamma$", "photon"),
)

BY_NAME = {kind.name: kind for kind in KINDS}
BY_SYMBOL = {kind.symbol: kind for kind in KINDS}
JET_CODES = tuple(kind.code for kind in KINDS if kind.family == "jet")
LEPTON_CODES = tuple(kind.code for kind in KINDS if kind.family in ("electron", "muon"))

KIND_TABLE = {0: "none", **{kind.code: kind.symbol for kind in KINDS}}
"""Kind code -> CSV symbol, as stored in the attributes of every event file."""
