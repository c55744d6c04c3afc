"""The fenced blocks of a page, carried out one after the other as a reader would."""

import re
import shlex
import subprocess
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from typer.testing import CliRunner

from transitplan.cli.main import app

FENCE = re.compile(
    r"^(?P<skip><!-- not run -->\n)?```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n"
    r"(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
DIFFERENT = 1  # exit code of diff where versions differ


@dataclass(frozen=True)
class Block:
    language: str
    title: str
    text: str


def blocks(page):
    """What a reader would carry out, in order."""
    return [
        Block(found["language"], found["title"] or "", found["text"])
        for found in FENCE.finditer(Path(page).read_text(encoding="utf-8"))
        if not found["skip"]
    ]


def carry_out(page):
    """Write files, run commands and scripts; what the page says they print must be printed.

    The current folder is the reader's. Files have a title, ``sh`` and ``python`` are run, ``text``
    is what the block before printed.
    """
    printed = ""
    for block in blocks(page):
        if block.title:
            path = Path(block.title)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            printed = "".join(command(line) for line in commands(block.text))
        elif block.language == "python":
            printed = script(block.text, page)
        elif block.language == "text":
            for line in filter(None, map(plain, block.text.splitlines())):
                assert line in plain(printed), f"{page}: {line!r} is not in\n{printed}"
        else:
            raise AssertionError(f"{page}: a block of {block.language} without a title")


def commands(text):
    """Commands of a block, without what is said beside them."""
    lines = (line.split(" #")[0].strip() for line in text.replace("\\\n", "").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def command(line):
    """Run one command as a shell would; transitplan without starting it anew."""
    words = shlex.split(line)
    if words[0] != "transitplan":
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        return done.stdout
    done = CliRunner().invoke(app, words[1:])
    right = {0, DIFFERENT} if words[1] == "diff" else {0}
    assert done.exit_code in right, f"{line}: {done.output} {done.exception}"
    return done.output


def script(text, page):
    """Run one script."""
    with redirect_stdout(StringIO()) as said:
        exec(compile(text, page, "exec"), {"__name__": "__main__"})  # noqa: S102
    return said.getvalue()


def plain(text):
    """Text whose spaces and breaks do not count."""
    return " ".join(text.split())
