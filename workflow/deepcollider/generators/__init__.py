"""One module a generative system, all behind the protocol of :mod:`deepcollider.generators.protocol`."""
