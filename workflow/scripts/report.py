"""Execute a papermill notebook and render it as one HTML file that needs no network."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.files import written_whole
from deepcollider.reports.render import execute, to_html

with written_whole(snakemake.output.notebook) as notebook, written_whole(snakemake.output.html) as html:
    execute(snakemake.input.template, notebook, snakemake.params.parameters)
    to_html(notebook, html, title=snakemake.params.title)
