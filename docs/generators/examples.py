"""The examples of the reference pages: blocks of Python, and lines that call ``transitplan``.

What stands after ``<!-- not run: why -->`` is passed over, and must say why.
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"```(\w*)[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SKIP = re.compile(r"<!-- not run: (?P<why>[^>]+) -->\s*\Z")
_LINES = re.compile(r"(?:^ {4} *\S.*\n)+", re.MULTILINE)


@dataclass(frozen=True)
class Example:
    """A block of Python, or the words of one command; why it is not run, if it is not."""

    page: str
    line: int
    python: str = ""
    words: tuple[str, ...] = ()
    skipped: str = ""


def examples(page: Path) -> list[Example]:
    """Every example of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        if match[1] in {"python", "sh"}:
            why = _SKIP.search(text[: match.start()])
            found += _of(page, text, match.start(2), match[1], match[2], why["why"] if why else "")
    bare = _FENCE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    for match in _LINES.finditer(bare):
        why = _SKIP.search(text[: match.start()])
        found += _of(page, text, match.start(), "sh", match[0], why["why"] if why else "")
    return sorted(found, key=lambda each: each.line)


def _of(page: Path, text: str, start: int, kind: str, body: str, why: str) -> list[Example]:
    line = text.count("\n", 0, start) + 1
    if kind == "python":
        return [Example(page.name, line, python=body, skipped=why)]
    commands = []
    for number, each in enumerate(body.replace("\\\n", " \x00").split("\n")):
        for part in each.replace("\x00", "").split("&&"):
            words = shlex.split(part, comments=True) if part.strip()[:11] == "transitplan" else []
            if words and words[0] == "transitplan":
                commands.append(
                    Example(page.name, line + number, words=tuple(words[1:]), skipped=why)
                )
    return commands
