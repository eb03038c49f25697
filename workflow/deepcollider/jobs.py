"""The one door through which the script of every job enters."""

import os
from typing import Any

from deepcollider.environment import put_settings_aside
from deepcollider.logs import log_to


def begin(snakemake: Any) -> None:
    """Send all that the job prints to its log, and put the user's settings aside; call it before other imports."""
    log_to(snakemake.log[0])
    put_settings_aside(os.environ)
