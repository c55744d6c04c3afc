"""``transitplan reproduce``: an earlier run computed anew from its record, and compared."""

from pathlib import Path

import typer

from transitplan.cli import solving
from transitplan.cli.console import ERR, OUT, examples, print_record, progress
from transitplan.cli.keeping import STORE, needed_store
from transitplan.cli.runs import comparison_record, print_comparison

EXAMPLES = examples(
    ("reproduce 3f2a", "the run whose key begins so, on the files as they are now"),
    (
        "reproduce 3f2a --case ~/other/networks/jinan",
        "with the case of another checkout",
    ),
    after="Exit code 0: every table is the same; 1: different, or input files changed.",
)


def command(
    run: str = typer.Argument(..., help="Key of the run, or its first digits."),
    *,
    case: Path | None = typer.Option(None, help="Folder of the case, where it lies elsewhere now."),
    processes: int | None = solving.PROCESSES,
    cluster: str = solving.CLUSTER,
    store: Path | None = STORE,
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
) -> None:
    """Compute an earlier run anew, taking nothing from the store, and compare every table."""
    found = needed_store(store).get(run)
    from transitplan.report.again import reproduce

    with progress("equilibria") as tell:
        again = reproduce(found, case, processes=processes, cluster=cluster, progress=tell)
    if as_json:
        compared = None if again.comparison is None else comparison_record(again.comparison)
        print_record(
            {"run": found.key, "equal": again.equal, "changed": list(again.changed)}
            | {"comparison": compared}
        )
    elif again.comparison is None:
        ERR.print("Not done again: files that went in are no longer what they were.")
        for told in again.changed:
            ERR.print(f"  {told}", markup=False, highlight=False, soft_wrap=True)
        ERR.print("Name a folder with the case as it was: --case FOLDER (`git worktree add`).")
    else:
        print_comparison(again.comparison)
        OUT.print("Reproduced." if again.equal else "Not reproduced.")
    if not again.equal:
        raise typer.Exit(1)
