"""A scheme of a source document, in boxes and arrows."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

from deepcollider.figures.schemes import draw_scheme
from deepcollider.figures.style import save

name = snakemake.wildcards.scheme
figure = draw_scheme(snakemake.params.entry, f"{snakemake.input.schemes}: {name}")
save(figure, snakemake.output.pdf, snakemake.output.png)
