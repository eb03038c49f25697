"""A notebook of the project, run in the working directory and looked at with a browser."""

import re
from pathlib import Path
from typing import Any

from deepcollider.reports.render import execute, to_html
from tests.reports.browser import look_at

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "resources/reference_results.csv"


def page_of(notebook: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """What the browser measures on a desk; on a phone too the page must be without fault.

    No number may be missing in the text, and no formula there: to draw it would need the network.
    """
    execute(ROOT / f"workflow/notebooks/{notebook}.ipynb", "out.ipynb", parameters)
    to_html("out.ipynb", "out.html", title=notebook)
    path = Path("out.html").resolve()
    assert f"<title>{notebook}</title>" in path.read_text()
    desk, phone = look_at([path])[path]
    assert desk.faults == [] and phone.faults == []
    numbers = desk.measured["text"].partition("How the numbers are defined")[0]
    assert not re.search(r"Traceback|\bnan\b|\$", numbers, re.IGNORECASE)
    return desk.measured
