"""Notebooks executed by papermill and rendered by nbconvert to a single HTML file without outside references."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STYLE = """
<style>
  body { max-width: 78rem; margin: 0 auto; padding: 0 1rem; background: #fff; }
  .jp-OutputPrompt, .jp-InputPrompt { display: none !important; }
  .jp-RenderedHTMLCommon td { white-space: nowrap; padding: 0.4rem 0.35rem; }
  .jp-RenderedHTMLCommon table { font-size: 0.85rem; margin-left: 0; }
  .jp-RenderedHTMLCommon thead th { vertical-align: bottom; }
  /* names of rows stay in sight while a table scrolls */
  body .jp-RenderedHTMLCommon tbody tr th {
    text-align: left !important; position: sticky; left: 0; min-width: 5rem; background: #fff;
  }
  body .jp-RenderedHTMLCommon tbody tr:nth-child(odd) th { background: #f5f5f5; }
  @media (min-width: 700px) { body .jp-RenderedHTMLCommon tbody tr th { min-width: 9rem; } }
</style>
"""


@contextmanager
def own_kernel() -> Iterator[str]:
    """Give the name of a Jupyter kernel that is this very Python, whatever kernels the user has installed.

    It has the name that notebooks expect; what ``JUPYTER_PATH`` names is looked at before all else.
    """
    with tempfile.TemporaryDirectory(prefix="kernel-") as folder:
        place = Path(folder) / "kernels/python3"
        place.mkdir(parents=True)
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": command, "display_name": "Python 3", "language": "python"}
        (place / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
        before = os.environ.get("JUPYTER_PATH")
        os.environ["JUPYTER_PATH"] = folder
        try:
            yield place.name
        finally:
            del os.environ["JUPYTER_PATH"]
            if before is not None:
                os.environ["JUPYTER_PATH"] = before


def execute(template: str | Path, output: str | Path, parameters: dict[str, Any]) -> None:
    """Run a notebook with parameters; a failing cell raises, with its traceback in the log."""
    import papermill

    with own_kernel() as kernel:
        papermill.execute_notebook(
            template, output, parameters=parameters, kernel_name=kernel, progress_bar=False, log_output=True
        )


def to_html(notebook: str | Path, output: str | Path, title: str) -> None:
    """Render an executed notebook, code hidden, pictures embedded, no script or style from the network."""
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name="lab",
        exclude_input=True,
        embed_images=True,
        mathjax_url="",
        require_js_url="",
        jquery_url="",
        mermaid_js_url="",
        widget_renderer_url="",
    )
    with Path(notebook).open(
        encoding="utf-8"
    ) as file:  # told a path, nbconvert takes the name of the file for the title
        body, _ = exporter.from_file(file, resources={"metadata": {"name": title}})
    Path(output).write_text(body.replace("</head>", STYLE + "</head>", 1), encoding="utf-8")
