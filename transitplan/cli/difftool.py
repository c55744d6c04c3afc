"""``transitplan difftool``: what ``git difftool --dir-diff`` shows of networks."""

from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from transitplan.cli.console import OUT

EXAMPLES = (
    'Example: after `git config difftool.networks.cmd \'transitplan difftool "$LOCAL" '
    '"$REMOTE"\'`, `git difftool --dir-diff --tool networks HEAD~1` tells what the working tree '
    "changed in every network. Between two revisions use `transitplan diff "
    "v1:networks/jinan/2025 v2:networks/jinan/2025`."
)


def command(
    left: Path = typer.Argument(..., help="Folder that git made of the changed files before."),
    right: Path = typer.Argument(..., help="The same of those after."),
    *,
    most: int = typer.Option(40, min=1, help="Lines of a kind."),
) -> None:
    """Tell what changed in each network of which git shows two versions."""
    from transitplan.cli.revisions import network_pairs
    from transitplan.io import read_network
    from transitplan.versions.diff import diff

    shown = 0
    with TemporaryDirectory(prefix="transitplan-") as work:
        for folder, before, after in network_pairs(left, right, Path(work)):
            shown += 1
            alone = {place: (place / "link.csv").is_file() for place in (before, after)}
            if not all(alone.values()):
                said = "is new" if alone[after] else "is gone"
                OUT.print(f"{folder}: the network {said}.", markup=False, soft_wrap=True)
                continue
            found = diff(read_network(before), read_network(after))
            text = f"{folder}: {found.to_text(most=most)}"
            OUT.print(text, markup=False, highlight=False, soft_wrap=True)
    if not shown:
        OUT.print("No network changed.")
