"""Trainings of seconds, for tests of what they leave behind."""

from pathlib import Path

from deepcollider.generators.training import train_part


def train_in(folder: Path, name: str, **arguments) -> dict[str, Path]:
    """Train a part with all outputs in a folder, named after the training: their paths, by what they are."""
    paths = {what: folder / f"{name}.{end}" for what, end in (("network", "keras"), ("log", "csv"), ("cost", "json"))}
    train_part(
        checkpoints=folder / "checkpoints" / name,
        network_path=paths["network"],
        log_path=paths["log"],
        cost_path=paths["cost"],
        description_path=paths["cost"].with_suffix(".network.json"),
        threads=1,
        show_progress=False,
        **arguments,
    )
    return paths
