"""Layout of flat dilepton trees: one entry an event, four numbers a particle (style thesis 3.3, SYSTEMS 1.3)."""

import numpy as np

TREE = "t"
PARTICLES = ("lep1", "lep2", "b1", "b2", "MET")
COMPONENTS = ("pt", "eta", "phi", "m")
BRANCHES = {component + particle: np.dtype("f4") for particle in PARTICLES for component in COMPONENTS}
"""Branch -> type, GeV and rad: ptlep1, etalep1 and so on to mMET."""
