"""Tables of several samples as one; as Parquet too, with columns of numbers as numbers, if that output is named."""

from deepcollider.jobs import begin

begin(snakemake)

import pandas as pd

from deepcollider.files import written_whole

# As text, so that settings such as "0.10" and the digits of the values stay what they are.
tables = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in snakemake.input.tables]
table = pd.concat(tables, ignore_index=True)
with written_whole(snakemake.output.table) as path:
    table.to_csv(path, index=False)
if snakemake.output.get("parquet"):
    names = {"experiment", "system", "process", "setting", "part_or_feature", "metric"}
    numbers = [column for column in table.columns if column not in names]
    typed = table.astype({column: "string" for column in table.columns if column in names})
    typed[numbers] = table[numbers].apply(pd.to_numeric)
    with written_whole(snakemake.output.parquet) as path:
        typed.to_parquet(path, index=False)
print(f"{len(table)} rows from {len(tables)} samples")
