"""``transitplan difftool``: what ``git difftool --dir-diff`` shows of networks."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from transitplan.cli.console import OUT, examples, print_record

EXAMPLES = examples(
    (
        "difftool before/ after/",
        "what git calls on `git difftool --dir-diff --tool networks HEAD~1`",
    ),
    ("diff v1:networks/jinan/2025 v2:networks/jinan/2025", "between two revisions, without it"),
    after='First: `git config difftool.networks.cmd \'transitplan difftool "$LOCAL" "$REMOTE"\'`.',
)


def command(
    left: Path = typer.Argument(..., help="Folder that git made of the changed files before."),
    right: Path = typer.Argument(..., help="The same of those after."),
    *,
    most: int = typer.Option(40, min=1, help="Lines of a kind."),
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
) -> None:
    """Tell what changed in each network of which git shows two versions."""
    from transitplan.cli.revisions import network_pairs
    from transitplan.io import read_network
    from transitplan.versions.diff import diff

    found: list[dict[str, object]] = []
    with TemporaryDirectory(prefix="transitplan-") as work:
        for folder, before, after in network_pairs(left, right, Path(work)):
            alone = {place: (place / "link.csv").is_file() for place in (before, after)}
            if not all(alone.values()):
                said = "new" if alone[after] else "gone"
                found.append({"network": str(folder), "is": said})
                text = f"the network is {said}."
            else:
                changes = diff(read_network(before), read_network(after))
                record = json.loads(changes.to_json())
                found.append({"network": str(folder), "is": "changed", "diff": record})
                text = changes.to_text(most=most)
            if not as_json:
                OUT.print(f"{folder}: {text}", markup=False, highlight=False, soft_wrap=True)
    if as_json:
        print_record(found)
    elif not found:
        OUT.print("No network changed.")
