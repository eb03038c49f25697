"""Diagrams of the networks of an experiment."""

from deepcollider.jobs import begin

begin(snakemake)

import json
from pathlib import Path

from deepcollider.figures.architecture import save_architectures

parts = snakemake.params.parts
descriptions = {
    part: json.loads(Path(path).read_text(encoding="utf-8"))
    for part, path in zip(parts, snakemake.input.descriptions, strict=True)
}
files = dict(zip(parts, zip(snakemake.output.pdf, snakemake.output.png, strict=True), strict=True))
save_architectures(descriptions, files, title=snakemake.params.title)
