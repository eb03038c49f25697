"""Print the index of published figures of a configuration as JSON: the workflow is read, nothing is run.

``python index_of.py SNAKEFILE [CONFIGFILE]``, in the directory to run in.
"""

import json
import sys
from pathlib import Path

from snakemake.api import SnakemakeApi
from snakemake.settings.types import ConfigSettings, OutputSettings, ResourceSettings

snakefile, *configfiles = map(Path, sys.argv[1:])
with SnakemakeApi(OutputSettings(quiet={"all"})) as api:
    read = api.workflow(
        resource_settings=ResourceSettings(cores=1),
        config_settings=ConfigSettings(configfiles=configfiles),
        snakefile=snakefile,
    )
    workflow = read._workflow  # reads the Snakefile
    print(json.dumps(workflow.globals["indexed_figures"]()))
