"""The command line that does what a call did: for pages and records that say how they were made."""

import shlex
from collections.abc import Mapping

from transitplan.scenario.case import Case


def command_line(verb: str, case: Case, options: Mapping[str, object]) -> str:
    """Return the command that makes the same numbers.

    Parameters
    ----------
    options
        By name without dashes: None, False and what is empty are left out, True is a flag, and
        each of several values has the name before it.

    Examples
    --------
    >>> from transitplan.scenario.read import read_case
    >>> case = read_case("networks/two_banks")
    >>> command_line("appraise", case, {"skip": ["tolls", "policy"], "points": 9, "gap": 1e-7})
    'transitplan appraise networks/two_banks --skip tolls --skip policy --points 9 --gap 1e-07'
    """
    words = ["transitplan", verb, case.folder.as_posix()]
    for name, given in options.items():
        several = given if isinstance(given, list | tuple) else [given]
        for value in several:
            if value is None or value is False or value == "":
                continue
            words += [f"--{name}"] if value is True else [f"--{name}", _said(value)]
    return shlex.join(words)


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
