"""Systems are found by convention, and asked for their parts without Keras."""

import subprocess
import sys

import pytest

from deepcollider.generators import systems
from deepcollider.generators.protocol import GenerativeSystem
from deepcollider.generators.registry import known_systems, module_of, system_class


def test_known_systems_are_the_modules_of_the_folder():
    assert "beta-vae-per-particle" in known_systems()
    assert module_of("beta-vae-per-particle") == "deepcollider.generators.systems.beta_vae_per_particle"


@pytest.mark.parametrize("name", known_systems())
def test_every_system_keeps_the_convention(name):
    system = system_class(name)
    assert issubclass(system, GenerativeSystem)
    assert system.name == name
    assert len(set(system.parts())) == len(system.parts()) > 0
    assert system().hyperparameters == system.defaults


def test_a_new_module_is_a_new_system(tmp_path, monkeypatch):
    (tmp_path / "coin_toss.py").write_text("class CoinToss:\n    name = 'coin-toss'\n\nSYSTEM = CoinToss\n")
    monkeypatch.setattr(systems, "__path__", [*systems.__path__, str(tmp_path)])
    assert "coin-toss" in known_systems()
    try:
        assert system_class("coin-toss").name == "coin-toss"
    finally:
        sys.modules.pop(f"{systems.__name__}.coin_toss", None)


@pytest.mark.parametrize("ask", [module_of, system_class])
def test_unknown_system_is_refused_with_the_known_ones(ask):
    with pytest.raises(ValueError, match=r"unknown system 'glow'; known: .*beta-vae-per-particle"):
        ask("glow")


def test_unknown_hyperparameter_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="has no hyperparameter alpha; it has beta, learning_rate"):
        system_class("beta-vae-per-particle")(alpha=0.3)


def test_given_hyperparameters_replace_the_published_ones():
    system = system_class("beta-vae-per-particle")
    assert system(beta=0.5).hyperparameters == {"beta": 0.5, "learning_rate": 1e-3}
    assert system.defaults == {"beta": 1.5, "learning_rate": 1e-3}


def test_systems_import_without_keras():
    script = f"""
import sys
sys.path[:0] = {sys.path!r}
import deepcollider.config
from deepcollider.generators.registry import known_systems, system_class
for name in known_systems():
    system_class(name)().parts()
print(len(known_systems()), sorted({{"keras", "tensorflow", "torch", "jax"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{len(known_systems())} []"
