"""Resolutions, efficiencies and tag rates of the fast detector: formulas of the Delphes ATLAS card.

Source: ``cards/delphes_card_ATLAS.tcl`` of the Delphes 3 release (J. de Favereau et al., JHEP 02 (2014) 057).
The b-tagging there follows ATL-PHYS-PUB-2015-022. Energies and pt in GeV, angles in rad; every function is
vectorised and returns float64 of the broadcast shape.

| quantity | formula | range |
|---|---|---|
| ECAL sigma | sqrt((0.0017 E)^2 + 0.101^2 E) | abs(eta) <= 3.2 |
| | sqrt((0.0350 E)^2 + 0.285^2 E) | up to 4.9 |
| HCAL sigma | sqrt((0.0302 E)^2 + 0.5205^2 E + 1.59^2) | abs(eta) <= 1.7 |
| | sqrt((0.0500 E)^2 + 0.706^2 E) | up to 3.2 |
| | sqrt((0.0942 E)^2 + 1.00^2 E) | up to 4.9 |
| muon sigma(pt)/pt | sqrt(0.010^2 + (1.0e-4 pt)^2) | abs(eta) <= 0.5 |
| | sqrt(0.015^2 + (1.5e-4 pt)^2) | up to 1.5 |
| | sqrt(0.025^2 + (3.5e-4 pt)^2) | up to 2.7 (card: 2.5) |
| electron, photon efficiency | 0.95; 0.85 (pt > 10) | abs(eta) <= 1.5; 2.5 |
| muon efficiency | 0.95; 0.85 (pt > 10) | abs(eta) <= 1.5; 2.7 |
| jet energy scale | sqrt((3 - 0.2 abs(eta))^2 / pt + 1) | |
| b-tag | 0.80 tanh(0.003 pt) 30 / (1 + 0.086 pt) | |
| c mistag | 0.20 tanh(0.02 pt) / (1 + 0.0034 pt) | |
| light mistag | 0.002 + 7.3e-6 pt | |
"""

import numpy as np

CALORIMETER_ETA = 4.9
EGAMMA_ETA = 2.5
MUON_ETA = 2.7
BARREL_ETA = 1.5
LEPTON_PT = 10.0
"""Electrons, muons and photons below this pt (GeV) are never identified."""

BOTTOM, CHARM, LIGHT = 5, 4, 0
"""Jet flavours."""


def _by_eta(eta, edges, values):
    """Piecewise value: ``values[i]`` for edges[i-1] < |eta| <= edges[i], 0 beyond the last edge."""
    return np.select([np.abs(eta) <= edge for edge in edges], values, 0.0)


def ecal_resolution(energy, eta):
    """Absolute resolution sigma (GeV) of an electromagnetic deposit of ``energy`` (GeV)."""
    central = np.hypot(0.0017 * energy, 0.101 * np.sqrt(energy))
    forward = np.hypot(0.0350 * energy, 0.285 * np.sqrt(energy))
    return _by_eta(eta, (3.2, CALORIMETER_ETA), (central, forward))


def hcal_resolution(energy, eta):
    """Absolute resolution sigma (GeV) of a hadronic deposit of ``energy`` (GeV)."""
    energy = np.asarray(energy, float)
    barrel = np.sqrt((0.0302 * energy) ** 2 + 0.5205**2 * energy + 1.59**2)
    endcap = np.sqrt((0.0500 * energy) ** 2 + 0.706**2 * energy)
    forward = np.sqrt((0.0942 * energy) ** 2 + 1.00**2 * energy)
    return _by_eta(eta, (1.7, 3.2, CALORIMETER_ETA), (barrel, endcap, forward))


def muon_pt_resolution(pt, eta):
    """Relative resolution sigma(pt) / pt of a muon track of ``pt`` (GeV)."""
    inner, middle, outer = (
        np.hypot(a, b * np.asarray(pt, float)) for a, b in ((0.01, 1e-4), (0.015, 1.5e-4), (0.025, 3.5e-4))
    )
    return _by_eta(eta, (0.5, BARREL_ETA, MUON_ETA), (inner, middle, outer))


def electron_efficiency(pt, eta):
    """Probability that a true electron inside the tracker is identified."""
    return np.where(np.asarray(pt) > LEPTON_PT, _by_eta(eta, (BARREL_ETA, EGAMMA_ETA), (0.95, 0.85)), 0.0)


def photon_efficiency(pt, eta):
    """Probability that a true photon is identified: the same numbers as for electrons."""
    return electron_efficiency(pt, eta)


def muon_efficiency(pt, eta):
    """Probability that a true muon is identified."""
    return np.where(np.asarray(pt) > LEPTON_PT, _by_eta(eta, (BARREL_ETA, MUON_ETA), (0.95, 0.85)), 0.0)


def jet_energy_scale(pt, eta):
    """Factor that brings a tower jet of uncorrected ``pt`` (GeV) to particle level on average."""
    return np.sqrt((3.0 - 0.2 * np.abs(eta)) ** 2 / pt + 1.0)


def b_tag_efficiency(pt):
    """Probability that a jet of a bottom hadron is tagged."""
    return 0.80 * np.tanh(0.003 * pt) * 30.0 / (1.0 + 0.086 * pt)


def c_mistag_rate(pt):
    """Probability that a jet of a charm hadron (and no bottom hadron) is tagged."""
    return 0.20 * np.tanh(0.02 * pt) / (1.0 + 0.0034 * pt)


def light_mistag_rate(pt):
    """Probability that any other jet is tagged."""
    return 0.002 + 7.3e-6 * pt


def tag_probability(pt, flavour):
    """Probability of a b-tag for jets of ``flavour`` BOTTOM, CHARM or LIGHT."""
    rates = (b_tag_efficiency(pt), c_mistag_rate(pt))
    return np.select([flavour == BOTTOM, flavour == CHARM], rates, light_mistag_rate(pt))


def smear(mean, sigma, rng: np.random.Generator):
    """Log-normal variates of given ``mean`` and standard deviation ``sigma`` (same unit).

    Positive by construction, and Gaussian in the limit sigma << mean. Entries of mean 0 stay 0.
    """
    mean = np.asarray(mean, float)  # an empty np.bincount is of int
    positive = mean > 0
    relative = np.divide(sigma, mean, out=np.zeros_like(mean), where=positive)
    width = np.sqrt(np.log1p(relative**2))
    normal = rng.standard_normal(len(mean))
    return mean * np.exp(width * normal - width**2 / 2)


def survives(probability, rng: np.random.Generator):
    """One Bernoulli trial for each entry of ``probability``: bool of the same shape."""
    return rng.random(len(probability)) < probability
