"""The variables of trilepton and dilepton events as they are plotted: labels, units and fixed ranges.

The ranges are the same for every sample; what lies outside is counted, not drawn.
"""

from dataclasses import dataclass

import numpy as np

from deepcollider.metrics.streams import Histogram

BINS = 50
CHANNELS = {"A": "eee", "B": "ee\u03bc", "C": "e\u03bc\u03bc", "D": "\u03bc\u03bc\u03bc"}
"""Trilepton channels in the order of the rows' ``Channel``, with the flavours of their leptons."""


@dataclass(frozen=True)
class Variable:
    """One variable of the rows. ``range`` in units of the variable; whole numbers have a bin each."""

    name: str
    label: str  # LaTeX
    unit: str
    range: tuple[float, float]
    log_y: bool = False
    whole: bool = False

    def histogram(self) -> Histogram:
        """An empty histogram."""
        low, high = self.range
        return Histogram(low, high, round(high - low) if self.whole else BINS)

    @property
    def axis_label(self) -> str:
        return f"{self.label} [{self.unit}]" if self.unit else self.label


def _momentum(name: str, label: str, high: float, log_y: bool) -> Variable:
    return Variable(name, label, "GeV", (0.0, high), log_y)


def _phi(name: str, label: str) -> Variable:
    return Variable(name, label, "rad", (-np.pi, np.pi))


def _number(name: str, label: str, highest: int) -> Variable:
    return Variable(name, label, "", (-0.5, highest + 0.5), whole=True)


_MET, _PT = r"$E_{\mathrm{T}}^{\mathrm{miss}}$", r"$p_{\mathrm{T}}$"


def _of_lepton(rank: int, high: float) -> tuple[Variable, ...]:
    lepton = f"lepton {rank}"
    return (
        _momentum(f"Lep{rank}_pt", f"{lepton}  {_PT}", high, True),
        Variable(f"Lep{rank}_eta", f"{lepton}  $\\eta$", "", (-2.5, 2.5)),
        _phi(f"Lep{rank}_phi", f"{lepton}  $\\phi$"),
    )


TRILEPTON_VARIABLES = (
    *(_momentum(f"{channel}_Zmass", f"channel {channel}: mass of the $Z$ pair", 200.0, False) for channel in CHANNELS),
    *(
        Variable(f"{channel}_Dr_Z", f"channel {channel}: $\\Delta R$ of the $Z$ pair", "", (0, 5))
        for channel in CHANNELS
    ),
    _momentum("MET_pt", _MET, 1200.0, True),
    _number("nElectron", "number of electrons", 7),
    _number("nMuon", "number of muons", 7),
    _phi("MET_phi", f"{_MET}  $\\phi$"),
    *(each for rank, high in ((1, 1500.0), (2, 1000.0), (3, 600.0)) for each in _of_lepton(rank, high)),
    _momentum("Z_pt", f"$Z$ pair  {_PT}", 1500.0, True),
    _momentum("W_mt", r"$m_{\mathrm{T}}$(third lepton, $E_{\mathrm{T}}^{\mathrm{miss}}$)", 500.0, True),
    _momentum("Lll_mass", "mass of the three leptons", 2500.0, True),
    _momentum("Lll_pt", f"three leptons  {_PT}", 1500.0, True),
    _number("nJet", "number of jets", 10),
    _momentum("HT", r"$H_{\mathrm{T}}$ of the jets", 1500.0, True),
)
Z_VARIABLES = tuple(each.name for each in TRILEPTON_VARIABLES if "_Z" in each.name or each.name[0] in "ZW")
"""Variables that exist only with a Z pair (and in their channel)."""

_PAIR_PHI = r"$\Delta\phi$"
FEATURE_VARIABLES = (
    _momentum("met", _MET, 400.0, False),
    _phi("delta_phi_ll", f"{_PAIR_PHI} of the leptons"),
    _momentum("lep1_pt", f"lepton 1  {_PT}", 300.0, False),
    _momentum("lep2_pt", f"lepton 2  {_PT}", 200.0, False),
    _phi("delta_phi_bb", f"{_PAIR_PHI} of the $b$-jets"),
    _momentum("b1_pt", f"$b$-jet 1  {_PT}", 400.0, False),
    _momentum("b2_pt", f"$b$-jet 2  {_PT}", 250.0, False),
)
"""Inputs of the dilepton classifiers."""


def _of_particle(name: str, label: str, high: float, eta: float) -> tuple[Variable, ...]:
    return (
        _momentum(f"{name}_pt", f"{label}  {_PT}", high, False),
        Variable(f"{name}_eta", f"{label}  $\\eta$", "", (-eta, eta)),
        _phi(f"{name}_phi", f"{label}  $\\phi$"),
    )


IMAGE_VARIABLES = (
    *_of_particle("lep1", "lepton 1", 300.0, 2.5),
    *_of_particle("lep2", "lepton 2", 200.0, 2.5),
    *_of_particle("b1", "$b$-jet 1", 400.0, 3.0),
    *_of_particle("b2", "$b$-jet 2", 250.0, 3.0),
    _momentum("met", _MET, 400.0, False),
    _phi("met_phi", f"{_MET}  $\\phi$"),
    _momentum("ht", r"$H_{\mathrm{T}}$", 600.0, False),
    _momentum("st", r"$S_{\mathrm{T}}$", 1000.0, False),
    _momentum("m_ll", r"$m_{\ell\ell}$", 400.0, False),
    _momentum("mt_lep1_met", r"$m_{\mathrm{T}}$(lepton 1, $E_{\mathrm{T}}^{\mathrm{miss}}$)", 400.0, False),
    _momentum("mt_lep2_met", r"$m_{\mathrm{T}}$(lepton 2, $E_{\mathrm{T}}^{\mathrm{miss}}$)", 400.0, False),
    _momentum("m_jj", r"$m_{bb}$", 600.0, False),
    _momentum("pt_ll", r"$p_{\mathrm{T}}^{\ell\ell}$", 400.0, False),
    _momentum("pt_jj", r"$p_{\mathrm{T}}^{bb}$", 400.0, False),
)
"""Variables of the event images, after their cuts."""

VIEWS = {
    view: {each.name: each for each in variables}
    for view, variables in (
        ("variables", TRILEPTON_VARIABLES),
        ("features", FEATURE_VARIABLES),
        ("images", IMAGE_VARIABLES),
    )
}
"""What is summarised of trileptons (variables) and dileptons (features, images): name -> Variable."""
