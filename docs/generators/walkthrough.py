"""The fenced blocks of a page, carried out one after the other as a reader would.

A block with a title is a file, ``sh`` and ``python`` are run, ``text`` is what the block before it
printed: every line must be in it. A block after ``<!-- not run -->`` is passed over.
"""

import re
import shlex
import subprocess
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from typer.testing import CliRunner

from transitplan.cli.main import app

_FENCE = re.compile(
    r"^(?P<skip><!-- not run -->\n)?```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n"
    r"(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
_DIFFERENT = 1  # exit code of diff where versions differ


class BrokenPromiseError(Exception):
    """A page says what does not happen."""


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    language: str
    title: str
    text: str


def blocks(page: Path) -> list[Block]:
    """What a reader would carry out, in order."""
    return [
        Block(found["language"], found["title"] or "", found["text"])
        for found in _FENCE.finditer(page.read_text(encoding="utf-8"))
        if not found["skip"]
    ]


def carry_out(page: Path) -> None:
    """Write files, run commands and scripts in the current folder, and hold the page to its word.

    Raises
    ------
    BrokenPromiseError
        If a command fails, something else is printed, or a block is of no known kind.
    """
    printed = ""
    for block in blocks(page):
        if block.title:
            _write(block)
        elif block.language == "sh":
            printed = "".join(_run(line) for line in _commands(block.text))
        elif block.language == "python":
            printed = _script(block.text, page)
        elif block.language == "text":
            _compare(block.text, printed, page)
        else:
            raise BrokenPromiseError(f"{page}: a block of {block.language} without a title")


def _write(block: Block) -> None:
    path = Path(block.title)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")


def _commands(text: str) -> list[str]:
    """Commands of a block, without what is said beside them."""
    lines = (line.split(" #")[0].strip() for line in text.replace("\\\n", " ").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _run(line: str) -> str:
    """Run one command as a shell would; transitplan without starting it anew."""
    words = shlex.split(line)
    right = {0}
    if words[0] == "transitplan":
        done = CliRunner().invoke(app, words[1:])
        code, said = done.exit_code, f"{done.output}{done.exception or ''}"
        right |= {_DIFFERENT} if words[1] == "diff" else set()
    else:
        ran = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
        code, said = ran.returncode, ran.stdout + ran.stderr
    if code not in right:
        raise BrokenPromiseError(f"{line}: exit code {code}: {said}")
    return said


def _script(text: str, page: Path) -> str:
    with redirect_stdout(StringIO()) as said:
        exec(compile(text, str(page), "exec"), {"__name__": "__main__"})  # noqa: S102
    return said.getvalue()


def _compare(promised: str, printed: str, page: Path) -> None:
    for line in filter(None, map(_plain, promised.splitlines())):
        if line not in _plain(printed):
            raise BrokenPromiseError(f"{page}: {line!r} is not in\n{printed}")


def _plain(text: str) -> str:
    """Text whose spaces and breaks do not count."""
    return " ".join(text.split())
