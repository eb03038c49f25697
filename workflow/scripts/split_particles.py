"""Event file -> one part file for MET and each kind of object."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

from deepcollider.store.part_files import split_by_particle

rows = split_by_particle(snakemake.input.events, dict(snakemake.output.items()))
print(", ".join(f"{part}: {n} rows" for part, n in rows.items()))
