"""From the name of a system in the config to its class: module ``systems/<name with underscores>.py``, its SYSTEM.

There is no list to keep, so that adding a system changes no file that the jobs of another depend on.
"""

from importlib import import_module
from pkgutil import iter_modules

from deepcollider.generators import systems
from deepcollider.generators.protocol import GenerativeSystem


def known_systems() -> list[str]:
    """Names of all systems, as the config spells them."""
    return sorted(module.name.replace("_", "-") for module in iter_modules(systems.__path__))


def module_of(name: str) -> str:
    """Dotted name of a system's module."""
    if name not in known_systems():
        raise ValueError(f"unknown system {name!r}; known: {', '.join(known_systems())}")
    return f"{systems.__name__}.{name.replace('-', '_')}"


def system_class(name: str) -> type[GenerativeSystem]:
    """The class of a system; importing it loads no Keras."""
    return import_module(module_of(name)).SYSTEM
