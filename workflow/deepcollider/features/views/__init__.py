"""Views: how the networks of a system see events. One module a view, named as in paths with underscores; its ``VIEW``.

A view cuts events into parts, one a network, and each part into rows of numbers. The part files that training reads
are made of these rows (:mod:`deepcollider.store.part_files`).
"""

from importlib import import_module

from deepcollider.features.view import View


def view_module(name: str) -> str:
    """Dotted name of a view's module."""
    return f"{__name__}.{name.replace('-', '_')}"


def view_named(name: str) -> View:
    """The view of this name."""
    return import_module(view_module(name)).VIEW
