"""Tables of several samples as one."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

import pandas as pd

from deepcollider.files import written_whole

# As text, so that settings such as "0.10" and the digits of the values stay what they are.
tables = [pd.read_csv(path, dtype=str, keep_default_na=False) for path in snakemake.input.tables]
table = pd.concat(tables, ignore_index=True)
with written_whole(snakemake.output.table) as path:
    table.to_csv(path, index=False)
print(f"{len(table)} rows from {len(tables)} samples")
