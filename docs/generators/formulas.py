"""Equations in a page become MathML, which browsers draw themselves: no script, no font."""

import re
from html import unescape

from latex2mathml.converter import convert

# What pymdownx.arithmatex leaves in a page.
_FOUND = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)


def drawn(html: str) -> str:
    r"""Return a page with its equations drawn.

    Examples
    --------
    >>> drawn(r'<span class="arithmatex">\(t &lt; c\)</span>').count("<mo>&#x0003C;</mo>")
    1
    """

    def mathml(match: re.Match[str]) -> str:
        display = "block" if match[2] == "[" else "inline"
        made = convert(unescape(match[3]).strip(), display=display)
        return f'<div class="equation">{made}</div>' if display == "block" else made

    return _FOUND.sub(mathml, html)
