"""Part files of several processes -> one, with the conditions of each."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.features.views import view_named
from deepcollider.store.joint_parts import join_parts

rows = join_parts(
    dict(zip(snakemake.params.conditions, snakemake.input.parts, strict=True)),
    snakemake.params.conditions,
    view_named(snakemake.wildcards.view),
    snakemake.wildcards.part,
    snakemake.output.part,
    snakemake.params.seed,
)
print(", ".join(f"{process}: {n} rows" for process, n in rows.items()))
