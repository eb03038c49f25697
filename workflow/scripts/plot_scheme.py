"""A scheme of a source document, in boxes and arrows."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.figures.schemes import draw_scheme
from deepcollider.figures.style import save

name = snakemake.wildcards.scheme
figure = draw_scheme(snakemake.params.entry, f"{snakemake.input.schemes}: {name}")
save(figure, snakemake.output.pdf, snakemake.output.png)
