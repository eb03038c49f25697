"""Fast detector simulation: a batch of Pythia events in, reconstructed ``Events`` out, all in arrays.

Parametrisation in the style of the Delphes ATLAS card; formulas and source in ``response``. In order:

1. Stable particles (status > 0), without the invisible ones (neutrinos, neutralinos, gravitino, codes 51-53).
2. Electrons and photons of pt > 10 GeV and |eta| < 2.5 are *candidates*: each is smeared by the ECAL
   resolution on its own and kept out of the towers. Those that are not identified or not isolated are given
   to the jets again, so that every deposit is counted exactly once and an isolated electron is never also a
   jet.
3. All other particles but muons fall into towers of 0.1 x 2 pi/64 in eta x phi, |eta| < 4.9: electrons and
   photons into ECAL, K0S and Lambda 30 % into ECAL and 70 % into HCAL, other hadrons into HCAL. Both deposits
   are smeared (log-normal), kept when above 0.5 GeV (ECAL) or 1 GeV (HCAL) and above 2 sigma, and added; a
   tower is massless and lies at a uniformly drawn point of its cell.
4. Muons: pt smeared (log-normal), efficiency. All identified muons enter MET; only the isolated ones are
   objects.
5. Isolation: scalar pt sum within Delta R < 0.5 of towers and photon candidates above 0.5 GeV, the candidate
   itself excluded, over the candidate's pt: below 0.12 (electron, photon) or 0.25 (muon).
6. Jets: anti-kT, R = 0.4, on towers and returned candidates, times the jet energy scale. The card has R=0.6.
7. b-tags: a jet is BOTTOM where a bottom hadron of pt > 5 GeV, |eta| < 2.5 lies within Delta R < 0.4 of its
   axis, else CHARM with a charm hadron there, else LIGHT; then one trial with the rate of that flavour at the
   jet's pt.
8. MET: minus the vector sum of towers, candidates and identified muons, in the transverse plane.
9. Every value is rounded to the six significant digits of the CSV, the energy upwards so that E >= pt
   cosh(eta) holds on the rounded values; only then come the acceptance cuts, so that a reader of the CSV sees
   no object on the wrong side of a cut. At most 20 objects an event, the hardest ones.

Simplifications: no pile-up, no magnetic bending, no fake objects other than mistags, no charge
misidentification, no tracking inefficiency (the card has it in addition), hadronic taus are plain jets. The
events are leading order plus parton shower with unit weights, where the published sample is multi-leg
matched.
"""

from dataclasses import dataclass

import numpy as np

from deepcollider.physics.acceptance import JET_RADIUS, in_acceptance
from deepcollider.physics.digits import round_significant
from deepcollider.physics.events import OBJECT_DTYPE, Events, empty_events, sort_objects, wrap_phi
from deepcollider.physics.kinds import BY_SYMBOL, MAX_OBJECTS
from deepcollider.sources import response

INVISIBLE = (12, 14, 16, 51, 52, 53, 1000012, 1000014, 1000016, 1000022, 1000023, 1000025, 1000035, 1000039)
ELECTRON, MUON, PHOTON = 11, 13, 22
SPLIT_HADRONS = (310, 3122)
"""K0S and Lambda often decay before or inside the calorimeter, partly to photons."""
SPLIT_ECAL_FRACTION = 0.3

TOWER_ETA, N_PHI = 0.1, 64
N_ETA = round(2 * response.CALORIMETER_ETA / TOWER_ETA)
ECAL_THRESHOLD, HCAL_THRESHOLD, SIGNIFICANCE = 0.5, 1.0, 2.0  # GeV, GeV, sigma

ISOLATION_CONE, ISOLATION_PT = 0.5, 0.5
EGAMMA_ISOLATION, MUON_ISOLATION = 0.12, 0.25

JET_MIN_PT = 10.0  # the scale factor is below 1.4, so 10 GeV lies well under the 20 GeV cut
FLAVOUR_CONE, FLAVOUR_PT, FLAVOUR_ETA = 0.4, 5.0, 2.5

_WIDE_DTYPE = np.dtype([(name, "f8" if kind == "<f4" else kind) for name, kind in OBJECT_DTYPE.descr])


@dataclass(frozen=True)
class Particles:
    """Flat particles of many events, ordered by event. All arrays (n,); GeV and rad."""

    event: np.ndarray  # row of the batch
    pdg: np.ndarray  # 0 for towers and jets
    energy: np.ndarray
    pt: np.ndarray
    eta: np.ndarray
    phi: np.ndarray

    def __len__(self) -> int:
        return len(self.event)

    def take(self, rows) -> "Particles":
        """The particles of the given rows (mask or indices)."""
        return Particles(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def momentum(self):
        """px, py, pz (GeV)."""
        return self.pt * np.cos(self.phi), self.pt * np.sin(self.phi), self.pt * np.sinh(self.eta)


def massless(event, pdg, pt, eta, phi) -> Particles:
    """Massless particles: energy = pt cosh(eta)."""
    return Particles(event, pdg, pt * np.cosh(eta), pt, eta, phi)


def join(*parts: Particles) -> Particles:
    """All particles of several collections, ordered by event."""
    names = Particles.__dataclass_fields__
    joined = Particles(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    return joined.take(np.argsort(joined.event, kind="stable"))


def flatten(particles, keep) -> Particles:
    """Particles of a batch of Pythia events (awkward: id, status, p) for which ``keep`` (awkward) is true."""
    import awkward as ak

    def flat(array):
        return ak.to_numpy(ak.flatten(array[keep]))

    event = np.repeat(np.arange(len(particles)), ak.to_numpy(ak.sum(keep, axis=1)))
    momentum = particles.p
    px, py, pz, energy = (flat(component) for component in (momentum.px, momentum.py, momentum.pz, momentum.e))
    pt = np.hypot(px, py)
    eta = np.arcsinh(pz / np.maximum(pt, 1e-12))
    return Particles(event, flat(particles.id), energy, pt, eta, np.arctan2(py, px))


def visible_particles(particles) -> Particles:
    """Stable particles that interact with the detector."""
    stable = flatten(particles, particles.status > 0)
    return stable.take(~np.isin(np.abs(stable.pdg), INVISIBLE) & (stable.pt > 0))


def ecal_fraction(pdg):
    """Fraction of the energy that a particle of PDG code ``pdg`` leaves in ECAL; HCAL has the rest."""
    code = np.abs(pdg)
    return np.where(
        np.isin(code, (ELECTRON, PHOTON)),
        1.0,
        np.where(np.isin(code, SPLIT_HADRONS), SPLIT_ECAL_FRACTION, 0.0),
    )


def calorimeter_towers(particles: Particles, rng) -> Particles:
    """Smeared towers of all ``particles`` (none of them a muon)."""
    inside = particles.take(np.abs(particles.eta) < response.CALORIMETER_ETA)
    i_eta = np.floor((inside.eta + response.CALORIMETER_ETA) / TOWER_ETA).astype(int).clip(0, N_ETA - 1)
    i_phi = np.floor((inside.phi + np.pi) * N_PHI / (2 * np.pi)).astype(int) % N_PHI
    cells, cell = np.unique((inside.event * N_ETA + i_eta) * N_PHI + i_phi, return_inverse=True)

    in_ecal = inside.energy * ecal_fraction(inside.pdg)
    centre = (cells // N_PHI % N_ETA + 0.5) * TOWER_ETA - response.CALORIMETER_ETA
    energy = measured(np.bincount(cell, in_ecal, len(cells)), centre, response.ecal_resolution, ECAL_THRESHOLD, rng)
    energy += measured(
        np.bincount(cell, inside.energy - in_ecal, len(cells)),
        centre,
        response.hcal_resolution,
        HCAL_THRESHOLD,
        rng,
    )
    eta = centre + TOWER_ETA * (rng.random(len(cells)) - 0.5)
    phi = (cells % N_PHI + rng.random(len(cells))) * 2 * np.pi / N_PHI - np.pi
    towers = massless(cells // (N_PHI * N_ETA), np.zeros(len(cells), int), energy / np.cosh(eta), eta, phi)
    return towers.take(energy > 0)


def measured(energy, eta, resolution, threshold, rng):
    """Smeared deposits (GeV), 0 where below ``threshold`` or not significant."""
    smeared = response.smear(energy, resolution(energy, eta), rng)
    return np.where((smeared > threshold) & (smeared > SIGNIFICANCE * resolution(smeared, eta)), smeared, 0.0)


def egamma_candidates(particles: Particles, rng) -> Particles:
    """Electrons and photons with their measured energy."""
    sigma = response.ecal_resolution(particles.energy, particles.eta)
    energy = response.smear(particles.energy, sigma, rng)
    pt = energy / np.cosh(particles.eta)
    return massless(particles.event, particles.pdg, pt, particles.eta, particles.phi)


def identified_muons(particles: Particles, rng) -> Particles:
    """Muons with their measured momentum, isolated or not."""
    sigma = particles.pt * response.muon_pt_resolution(particles.pt, particles.eta)
    pt = response.smear(particles.pt, sigma, rng)
    muons = massless(particles.event, particles.pdg, pt, particles.eta, particles.phi)
    return muons.take(response.survives(response.muon_efficiency(pt, particles.eta), rng))


def close_pairs(first: Particles, second: Particles, radius: float):
    """Row numbers (i, j) of all pairs of the same event with 0 < Delta R < ``radius``.

    Delta R = 0 is a particle and itself.
    """
    start, stop = (np.searchsorted(second.event, first.event, side) for side in ("left", "right"))
    count = stop - start
    i = np.repeat(np.arange(len(first)), count)
    j = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(start, count)
    delta_phi = wrap_phi(first.phi[i] - second.phi[j])
    delta_r = np.hypot(first.eta[i] - second.eta[j], delta_phi)
    near = (delta_r > 0) & (delta_r < radius)
    return i[near], j[near]


def isolation(candidates: Particles, deposits: Particles):
    """Scalar pt sum of the deposits around each candidate over the candidate's pt: (n,)."""
    deposits = deposits.take(deposits.pt > ISOLATION_PT)
    i, j = close_pairs(candidates, deposits, ISOLATION_CONE)
    return np.bincount(i, deposits.pt[j], len(candidates)) / candidates.pt


def cluster_jets(deposits: Particles, n_events: int) -> Particles:
    """Anti-kT jets of massless ``deposits``, with the jet energy scale applied."""
    import awkward as ak
    import fastjet

    # FastJet writes its banner to the C stdout at the first clustering
    fastjet._swig.ClusterSequence.set_fastjet_banner_stream(None)
    fields = dict(zip(("px", "py", "pz"), deposits.momentum(), strict=True))
    counts = np.bincount(deposits.event, minlength=n_events)
    inputs = ak.unflatten(ak.zip({**fields, "E": deposits.energy}), counts)
    definition = fastjet.JetDefinition(fastjet.antikt_algorithm, JET_RADIUS)
    jets = fastjet.ClusterSequence(inputs, definition).inclusive_jets(min_pt=JET_MIN_PT)
    event = np.repeat(np.arange(n_events), ak.to_numpy(ak.num(jets)))
    px, py, pz, energy = (ak.to_numpy(ak.flatten(jets[name])) for name in ("px", "py", "pz", "E"))
    pt = np.hypot(px, py)
    eta = np.arcsinh(pz / pt)
    scale = response.jet_energy_scale(pt, eta)
    return Particles(event, np.zeros(len(pt), int), energy * scale, pt * scale, eta, np.arctan2(py, px))


def has_quark(pdg, quark: int):
    """Whether PDG codes (numpy or awkward) are of hadrons that contain ``quark`` (4 or 5)."""
    code = abs(pdg)
    tens, hundreds, thousands = (code // place % 10 for place in (10, 100, 1000))
    # a diquark has tens digit 0, an elementary particle no hundreds digit, superpartners lie above a million
    is_hadron = (code < 1_000_000) & (tens > 0) & (hundreds > 0)
    return is_hadron & ((tens == quark) | (hundreds == quark) | (thousands == quark))


def heavy_hadrons(particles) -> Particles:
    """All bottom and charm hadrons of the event record that can give a jet its flavour."""
    hadrons = flatten(particles, has_quark(particles.id, response.BOTTOM) | has_quark(particles.id, response.CHARM))
    return hadrons.take((hadrons.pt > FLAVOUR_PT) & (np.abs(hadrons.eta) < FLAVOUR_ETA))


def jet_flavour(jets: Particles, hadrons: Particles):
    """BOTTOM, CHARM or LIGHT for each jet: the heaviest quark among the hadrons around its axis."""
    flavour = np.full(len(jets), response.LIGHT)
    i, j = close_pairs(jets, hadrons, FLAVOUR_CONE)
    quark = np.where(has_quark(hadrons.pdg, response.BOTTOM), response.BOTTOM, response.CHARM)
    np.maximum.at(flavour, i, quark[j])
    return flavour


def missing_momentum(visible: Particles, n_events: int):
    """MET (GeV) and its azimuth (rad), (n_events,) each."""
    px, py, _ = visible.momentum()
    x, y = (-np.bincount(visible.event, component, n_events) for component in (px, py))
    return np.hypot(x, y), np.arctan2(y, x)


def kind_codes(particles: Particles):
    """Kind code of electrons, muons and photons."""
    symbols = {11: "e-", -11: "e+", 13: "m-", -13: "m+", 22: "g"}
    return np.select([particles.pdg == pdg for pdg in symbols], [BY_SYMBOL[s].code for s in symbols.values()], 0)


def as_objects(particles: Particles, kind) -> np.ndarray:
    """Flat objects in double precision, rounded to the digits of the CSV and cut to the acceptance."""
    objects = np.zeros(len(particles), _WIDE_DTYPE)
    objects["kind"], objects["valid"] = kind, True
    for name in ("pt", "eta", "phi"):
        objects[name] = round_significant(getattr(particles, name))
    floor = objects["pt"] * np.cosh(objects["eta"])
    is_jet = particles.pdg == 0
    energy = np.where(is_jet, np.maximum(particles.energy, floor), floor)
    objects["energy"] = round_significant(energy, np.ceil)
    return objects


def fill_events(event, objects, met, met_phi) -> tuple[Events, np.ndarray]:
    """Events of flat ``objects`` (rows ``event``); whether each lost objects beyond the 20 hardest, (N,)."""
    batch = empty_events(len(met))
    order = np.lexsort((-objects["pt"], event))
    event, objects = event[order], objects[order]
    n_found = np.bincount(event, minlength=len(met))
    rank = np.arange(len(event)) - np.repeat(np.cumsum(n_found) - n_found, n_found)
    kept = rank < MAX_OBJECTS
    batch.objects[event[kept], rank[kept]] = objects[kept].astype(OBJECT_DTYPE)
    batch.events["n_objects"] = np.minimum(n_found, MAX_OBJECTS)
    batch.events["met"] = round_significant(met)
    batch.events["met_phi"] = round_significant(met_phi)
    batch.events["weight"] = 1.0
    return Events(batch.events, sort_objects(batch.objects)), n_found > MAX_OBJECTS


@dataclass(frozen=True)
class Detected:
    """What the detector measures in a batch of N events, before objects are chosen; lists ordered by event.

    Electrons, photons and muons are the identified ones, isolated or not; their isolation is explained in the
    module's docstring. An electron or photon that is not isolated is part of the jets too.
    """

    n_events: int
    electrons_photons: Particles
    electron_photon_isolation: np.ndarray  # (n,)
    muons: Particles
    muon_isolation: np.ndarray  # (n,)
    jets: Particles
    jet_flavour: np.ndarray  # (n,): BOTTOM, CHARM or LIGHT of response
    jet_tagged: np.ndarray  # (n,) bool, b-tag
    met: np.ndarray  # (N,) GeV
    met_phi: np.ndarray  # (N,) rad


def detect(particles, rng: np.random.Generator) -> Detected:
    """Detector response to a batch: ``particles`` is awkward (N, var) with fields id, status, p (px, py, pz, e)."""
    n_events = len(particles)
    stable = visible_particles(particles)
    code, abs_eta = np.abs(stable.pdg), np.abs(stable.eta)
    is_muon = code == MUON
    is_candidate = np.isin(code, (ELECTRON, PHOTON)) & (stable.pt > response.LEPTON_PT)
    is_candidate &= abs_eta < response.EGAMMA_ETA

    candidates = egamma_candidates(stable.take(is_candidate), rng)
    towers = calorimeter_towers(stable.take(~is_candidate & ~is_muon), rng)
    muons = identified_muons(stable.take(is_muon & (abs_eta < response.MUON_ETA)), rng)

    deposits = join(towers, candidates.take(candidates.pdg == PHOTON))
    efficiency = np.where(
        candidates.pdg == PHOTON,
        response.photon_efficiency(candidates.pt, candidates.eta),
        response.electron_efficiency(candidates.pt, candidates.eta),
    )
    identified, candidate_isolation = response.survives(efficiency, rng), isolation(candidates, deposits)

    kept_from_jets = identified & (candidate_isolation < EGAMMA_ISOLATION)
    jets = cluster_jets(join(towers, candidates.take(~kept_from_jets)), n_events)
    flavour = jet_flavour(jets, heavy_hadrons(particles))
    tagged = response.survives(response.tag_probability(jets.pt, flavour), rng)
    met, met_phi = missing_momentum(join(towers, candidates, muons), n_events)
    return Detected(
        n_events=n_events,
        electrons_photons=candidates.take(identified),
        electron_photon_isolation=candidate_isolation[identified],
        muons=muons,
        muon_isolation=isolation(muons, deposits),
        jets=jets,
        jet_flavour=flavour,
        jet_tagged=tagged,
        met=met,
        met_phi=met_phi,
    )


def select_objects(detected: Detected) -> tuple[Events, np.ndarray]:
    """The isolated and accepted objects as Dark Machines events, and a mask (N,) of those with more than 20 objects.

    Gives all N events, also those that no trigger would accept. Process and event number are left blank.
    """
    electrons_photons = detected.electrons_photons.take(detected.electron_photon_isolation < EGAMMA_ISOLATION)
    leptons_photons = join(electrons_photons, detected.muons.take(detected.muon_isolation < MUON_ISOLATION))
    jets, jet_kind = detected.jets, np.where(detected.jet_tagged, BY_SYMBOL["b"].code, BY_SYMBOL["j"].code)
    objects = np.concatenate([as_objects(jets, jet_kind), as_objects(leptons_photons, kind_codes(leptons_photons))])
    event = np.concatenate([jets.event, leptons_photons.event])
    kept = in_acceptance(objects)
    return fill_events(event[kept], objects[kept], detected.met, detected.met_phi)
