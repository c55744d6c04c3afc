"""``transitplan doctor``: whether everything is there that the other verbs need."""

import json
from pathlib import Path

import typer

from transitplan.cli.console import OUT, examples

EXAMPLES = examples(
    ("doctor", "the installation, and the shipped case"),
    ("doctor networks/mycity --json", "a case of your own, for a bug report"),
    after="Exit code 1 where something is missing that is needed.",
)
MARKS = {"ok": ("✓", "green"), "advice": ("!", "yellow"), "missing": ("✗", "red")}


def command(
    case: Path | None = typer.Argument(
        None, help="Case or network folder; the shipped Jinan case if absent."
    ),
    *,
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
) -> None:
    """Check installation, versions, compiled kernels, memory, disk, fonts, browser and git."""
    from transitplan.cli.examination import examine

    found = []
    for check in examine(case):
        found.append(check)
        if not as_json:
            mark, colour = MARKS[check.status]
            OUT.print(f"{mark} {check.name}: {check.said}", style=colour, markup=False)
            if check.fix:
                OUT.print(f"    → {check.fix}", markup=False, highlight=False, soft_wrap=True)
    missing = [check.name for check in found if check.status == "missing"]
    if as_json:
        record = {"ok": not missing, "checks": [check.to_dict() for check in found]}
        OUT.print_json(json.dumps(record, ensure_ascii=False))
    elif missing:
        OUT.print(f"Needed and missing: {', '.join(missing)}.", style="red", markup=False)
    else:
        OUT.print("Everything that is needed is there.")
    if missing:
        raise typer.Exit(1)
