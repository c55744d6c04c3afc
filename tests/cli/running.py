"""The command line in this process: as fast as a call, with the exit code of a shell."""

import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import NamedTuple

from transitplan.cli import console
from transitplan.cli.main import run


class Done(NamedTuple):
    code: int
    stdout: str
    stderr: str


def transitplan(*words):
    """Run ``transitplan`` with these words; printed is what a pipe would get."""
    out, err, before = StringIO(), StringIO(), sys.argv
    sys.argv = ["transitplan", *map(str, words)]
    files = console.OUT._file, console.ERR._file  # None: what stands there at the time
    console.OUT.file, console.ERR.file = out, err
    try:
        with redirect_stdout(out), redirect_stderr(err):
            run()
    except SystemExit as end:
        code = end.code or 0
    else:
        code = 0
    finally:
        sys.argv = before
        console.OUT._file, console.ERR._file = files
    return Done(code, out.getvalue(), err.getvalue())
