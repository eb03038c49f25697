"""How the configuration and the tables of samples are refused: the place, the fault and the remedy in one message."""

import difflib


class ConfigError(ValueError):
    """The configuration cannot be used; the message names the key, the fault and the remedy."""


def nearest(name: str, known) -> str:
    """A hint at the closest known name."""
    known = [str(key) for key in known]
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known))}"
