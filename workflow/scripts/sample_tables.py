"""Kinds of objects, processes of the Dark Machines sample and samples of trileptons as tables."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.files import written_whole
from deepcollider.reports.sample_tables import objects_table, processes_table, trilepton_samples_table
from deepcollider.samples import read_ntuples, read_processes

tables = {
    snakemake.output.objects: objects_table(),
    snakemake.output.processes: processes_table(read_processes(snakemake.input.processes), snakemake.params.processes),
    snakemake.output.trileptons: trilepton_samples_table(
        read_ntuples(snakemake.input.ntuples), snakemake.params.ntuples
    ),
}
for target, table in tables.items():
    with written_whole(target) as path:
        table.to_csv(path, index=False, encoding="utf-8")
