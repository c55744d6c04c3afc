"""What a failed test and the end of a run say, as text for the terminal."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

MOST_MOVES = 5  # of one table
MOST_CHANGES = 10
MOST_CHANGED = 3  # moves of one table in the summary of an update
Record = Mapping[str, Any]  # a verdict as plain values, with the test and its folder


def failure(record: Record) -> str:
    """Say why a test fails and what to do next."""
    if record["status"] == "missing":
        return (
            f"network_regression: no baseline at {record['folder']}.\n\n"
            f"Write it with\n    {command(record)}\nread the files, and commit them with the test."
        )
    if record["status"] == "broken":
        problems = "\n".join(f"  {each}" for each in record["notes"])
        return f"network_regression: the baseline cannot be read.\n{problems}"
    return "\n".join([*_what_moved(record), "", *_why(record), "", *_next(record)])


def _what_moved(record: Record) -> list[str]:
    total = sum(record["moved"].values())
    values = "value" if total == 1 else "values"
    head = f"network_regression: {total} {values} moved beyond tolerance."
    return [head, *_by_table(record, MOST_MOVES)]


def _by_table(record: Record, most: int) -> list[str]:
    """Moves of each table, the first of many."""
    lines = []
    for table, rows in groupby(record["moves"], key=lambda move: move["table"]):
        n, of = record["moved"][table], record["checked"].get(table)
        lines += ["", f"{table}: {n} moved" + (f" ({of} rows)" if of else "")]
        lines += [f"  {moved(each)}" for each in list(rows)[:most]]
        if n > most:
            lines.append(f"  … and {n - most} more")
    return lines


def moved(move: Record) -> str:
    """Say one move in a line."""
    column = f": {move['column']}" if move["column"] else ":"
    words = f"{move['what']}{column} {move['old']} → {move['new']}"
    words += f"   {move['change']}" if move["change"] else ""
    return words + (f"; allowed {_allowed(move['allowed'])}" if move["allowed"] else "")


def _allowed(text: str) -> str:
    return "none" if text == "0" else text


def _why(record: Record) -> list[str]:
    changes, notes = record["changes"], record["notes"]
    lines = [f"  {note}" for note in notes]
    if changes:
        lines = [f"  {changed(each)}" for each in changes[:MOST_CHANGES]] + lines
        if record["changed"] > MOST_CHANGES:
            lines.insert(MOST_CHANGES, f"  … and {record['changed'] - MOST_CHANGES} more")
        return ["Inputs that changed since the baseline, nearest to what moved first:", *lines]
    return ["Inputs:", *lines]


def changed(change: Record) -> str:
    """Say one change of an input in a line."""
    return f"{change['what']}; {change['card']}" if change["card"] else str(change["what"])


def _next(record: Record) -> list[str]:
    return [
        "If this is wrong, correct the input. If it is meant:",
        f"    {command(record)}",
        f"    git diff {record['folder']}",
    ]


def command(record: Record) -> str:
    """Command that writes the baseline of a test."""
    return f"pytest '{record['test']}' --transitplan-update"


def summary(records: Sequence[Record], orphans: Iterable[str]) -> list[str]:
    """Lines for the end of a run; none where there is nothing to tell."""
    lines = []
    for status, words in (("written", "written"), ("changed", "changed")):
        for record in (each for each in records if each["status"] == status):
            lines.append(f"{words}: {record['folder']}")
            lines += [f"    {each}" for each in _by_table(record, MOST_CHANGED) if each]
            if not record["moves"] and status == "changed":
                lines.append("    inputs or tolerances only: no result moved")
            lines += [f"    {note}" for note in record["notes"]]
    same = [each for each in records if each["status"] == "same"]
    if lines and same:
        lines.append(f"left as they are: {len(same)}, which moved within their tolerances or not")
    if any(each["status"] in ("written", "changed") for each in records):
        lines.append("Read them with `git diff` before you commit them.")
    lines += [f"no test uses {each}: `git rm -r` it if its test is gone" for each in orphans]
    return lines
