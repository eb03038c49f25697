"""Events generated at masses that were left out of a training, and those of the masses that were not, against truth."""

from deepcollider.jobs import begin

begin(snakemake)

import pandas as pd

from deepcollider.files import written_whole
from deepcollider.metrics.mass_points import FLOOR, GENERATED, compare_mass_points
from deepcollider.store.event_files import read_events

tables = []
for point in snakemake.params.points:
    paths = {GENERATED: point["generated"], **point["trained"], FLOOR: point["floor"]}
    samples = {name: read_events(path, snakemake.params.max_events) for name, path in paths.items()}
    truth = read_events(point["truth"], snakemake.params.max_events)
    table = compare_mass_points(truth, samples, snakemake.params.classifier_events, snakemake.params.seed)
    for position, column in enumerate(("experiment", "process")):
        table.insert(position, column, point[column])
    table.insert(3, "masses", [" / ".join(f"{mass:g}" for mass in point["masses"][name]) for name in table["sample"]])
    tables.append(table)
    print(table.to_string())
with written_whole(snakemake.output.table) as path:
    pd.concat(tables).to_csv(path, index=False, float_format="%.6g")
