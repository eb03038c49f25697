"""deepcollider: deep generative models for LHC collision events.

The rooms, in the order that an event walks through them (imports run towards the top of this list only)::

    physics  sources  store  features  generators  metrics  figures  provenance

This file imports nothing on purpose: every job depends on just the modules that it names.
"""

__version__ = "0.1.0"
