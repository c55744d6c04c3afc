"""What every page says of its own limits, collected on one page."""

import re
from collections.abc import Mapping

PLACE = "<!-- limits of every page -->"
_HEADING = re.compile(r"^(#{1,6}) (.+)$")
_TITLES = re.compile(
    r"^((defaults and )?limits?|weaknesses|what is left out|what it does not do|not in it)\b",
    re.IGNORECASE,
)
_PARAGRAPH = re.compile(r"^Limits: ", re.IGNORECASE)
_LINK = re.compile(r"\]\((?!\w+:|/)([^)\s]*)\)")


def collected(pages: Mapping[str, str]) -> str:
    """Markdown of all limits, a section a page in the order given.

    Parameters
    ----------
    pages
        Markdown by file name.
    """
    parts = []
    for name, text in pages.items():
        found = limits(text)
        if found:
            body = _LINK.sub(lambda match, name=name: f"]({_target(match[1], name)})", found)
            parts.append(f"### [{title(text, name)}]({name})\n\n{body}")
    return "\n\n".join(parts)


def title(text: str, name: str) -> str:
    """First heading of a page."""
    first = re.search(r"^# (.+)$", text, re.MULTILINE)
    return first[1] if first else name


def limits(text: str) -> str:
    r"""Sections and paragraphs of a page that tell its limits.

    Examples
    --------
    >>> limits("# A\n\n## Limits\nNo hills.\n\n## B\n\nLimits: no snow.\n\nMore.")
    'No hills.\n\nno snow.'
    """
    parts: list[list[str]] = []
    depth = 0  # of the section that is taken; 0: none
    fenced = paragraph = False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        heading = None if fenced else _HEADING.match(line)
        if heading and (not depth or len(heading[1]) <= depth):
            depth = len(heading[1]) if _TITLES.match(heading[2]) else 0
            paragraph = False
            if depth:
                parts.append([])
            continue
        if not depth and not paragraph and _PARAGRAPH.match(line):
            paragraph = True
            parts.append([])
            line = _PARAGRAPH.sub("", line)  # noqa: PLW2901
        paragraph = paragraph and bool(line.strip())
        if depth or paragraph:
            parts[-1].append(line)
    return "\n\n".join("\n".join(lines).strip() for lines in parts)


def _target(link: str, page: str) -> str:
    return page + link if link.startswith("#") else link
