"""Many figures side by side in a report, as one piece of HTML with the pictures inside."""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path


def _data_uri(path: str | Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(Path(path).read_bytes()).decode()}"


def gallery(paths: Sequence[str | Path], columns: int = 2) -> str:
    """HTML of PNG files, ``columns`` in a row; on a narrow screen fewer."""
    widest = 100 // columns
    style = f"flex: 1 1 {widest - 2}%; min-width: 18rem; max-width: {widest}%"
    pictures = (f'<img alt="{escape(Path(path).stem)}" style="{style}" src="{_data_uri(path)}">' for path in paths)
    return f'<div style="display: flex; flex-wrap: wrap">{"".join(pictures)}</div>'
