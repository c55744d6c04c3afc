"""A small table that stands for a value in a notebook."""

from collections.abc import Iterable
from html import escape

_CELL = "padding:1px 12px 1px 0;text-align:left;border:0"


def card(title: str, rows: Iterable[tuple[str, object]]) -> str:
    """Name of a value, and what it holds, a line each; units stand with the names.

    Examples
    --------
    >>> card("Skim", [("zones", 3)]).count("<tr>")
    1
    """
    lines = "".join(
        f'<tr><td style="{_CELL};color:#6b7075">{escape(name)}</td>'
        f'<td style="{_CELL}">{escape(str(value))}</td></tr>'
        for name, value in rows
    )
    return (
        f'<div class="transitplan"><b>{escape(title)}</b>'
        '<table style="border-collapse:collapse;font-size:12.5px;margin:2px 0">'
        f"{lines}</table></div>"
    )
