"""Event file -> one part file for each part of a view."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.features.views import view_named
from deepcollider.store.part_files import split_parts

rows = split_parts(snakemake.input.events, view_named(snakemake.params.view), dict(snakemake.output.items()))
print(", ".join(f"{part}: {n} rows" for part, n in rows.items()))
