"""``transitplan runs``: what was computed before: list, show, compare, tidy up."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from transitplan.cli.console import OUT, examples, print_record
from transitplan.cli.keeping import SHORT, STORE, needed_store, read_age, told_size

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from transitplan.store import StoredRun
    from transitplan.store.collecting import Collected
    from transitplan.store.comparing import Comparison

EQUILIBRIUM = "equilibrium"
MOST = 40  # rows of differences in text
RUN = typer.Argument(..., help="Key of the run, or its first digits.")
AS_JSON = typer.Option(False, "--json", help="Print a record for machines.")
LIST_EXAMPLES = examples(
    ("runs list", "jobs that were done before, the latest last"),
    ("runs list --all --json", "with the equilibria they are made of, for machines"),
)
SHOW_EXAMPLES = examples(("runs show 3f2a", "inputs, convergence and tables of a run"))
COMPARE_EXAMPLES = examples(
    ("runs compare 3f2a 81bc", "inputs that differ, and every column that does"),
    after="Exit code 0: every table is the same; 1: different.",
)
GC_EXAMPLES = examples(
    ("runs gc --dry-run", "what would be removed, and how much is left"),
    ("runs gc --older-than 30d --keep 20", "not used for a month; and no more than 20 of a kind"),
    after="What a killed process left goes in any case; what one is writing never does.",
)

app = typer.Typer(no_args_is_help=True, help="Look at earlier runs: list, show, compare, gc.")


@app.callback()
def _group() -> None:
    """Look at what was computed before: list, show, compare, and tidy up."""


@app.command(name="list", epilog=LIST_EXAMPLES)
def list_runs(
    *,
    every: bool = typer.Option(False, "--all", help="Equilibria too, not only jobs."),
    store: Path | None = STORE,
    as_json: bool = AS_JSON,
) -> None:
    """List the runs of the store, the latest last."""
    kept = needed_store(store)
    runs = kept.runs()
    shown = runs if every else runs[runs["kind"] != EQUILIBRIUM]
    if as_json:
        print_record({"store": str(kept.folder), "runs": _rows(shown)})
        return
    if len(shown):
        OUT.print(_listed(shown))
    hidden = len(runs) - len(shown)
    jobs = (runs["kind"] != EQUILIBRIUM).sum()
    said = f"jobs: {jobs}, equilibria: {len(runs) - jobs}"
    more = " (--all lists them)" if hidden else ""
    size = told_size(int(runs["bytes"].sum()))
    OUT.print(f"{said}{more}, {size} in {kept.folder}", markup=False, soft_wrap=True)


@app.command(epilog=SHOW_EXAMPLES)
def show(run: str = RUN, *, store: Path | None = STORE, as_json: bool = AS_JSON) -> None:
    """Show what went into a run, how it converged, and its tables."""
    found = needed_store(store).get(run)
    if as_json:
        names = ("key", "kind", "written", "inputs", "software", "record", "files")
        record = {name: getattr(found, name) for name in names}
        print_record({**record, "folder": str(found.folder)})
        return
    for name, value in _facts(found):
        OUT.print(f"{name}: {value}", markup=False, highlight=False, soft_wrap=True)
    OUT.print(_tables(found))


@app.command(epilog=COMPARE_EXAMPLES)
def compare(
    one: str = RUN, other: str = RUN, *, store: Path | None = STORE, as_json: bool = AS_JSON
) -> None:
    """Compare two runs: what went in, and every table that came out."""
    found = needed_store(store).compare(one, other)
    if as_json:
        print_record(comparison_record(found))
    else:
        print_comparison(found)
    if not found.equal:
        raise typer.Exit(1)


@app.command(epilog=GC_EXAMPLES)
def gc(
    *,
    older_than: str | None = typer.Option(
        None, help="Remove runs not used for so long: 12h, 30d, 8w."
    ),
    keep: int | None = typer.Option(
        None, min=0, help="Of each kind, keep so many that were used last."
    ),
    max_size: str | None = typer.Option(None, help="What the rest may take: 500MB, 20GB."),
    dry_run: bool = typer.Option(False, "--dry-run", help="Only say what would be removed."),
    store: Path | None = STORE,
    as_json: bool = AS_JSON,
) -> None:
    """Remove runs by age, number or size, and what killed processes left."""
    from transitplan.store.default import read_bytes

    kept = needed_store(store)
    done = kept.gc(
        older_than=None if older_than is None else read_age(older_than),
        keep=keep,
        most_bytes=None if max_size is None else read_bytes(max_size, "--max-size"),
        dry=dry_run,
    )
    if as_json:
        print_record(_collected(done, dry=dry_run))
        return
    goes = "would go" if dry_run else "removed"
    OUT.print(
        f"{goes}: {len(done.runs)} of {len(done.runs) + done.kept} runs "
        f"({told_size(done.freed_bytes)}), unfinished folders {len(done.left_over)}, damaged "
        f"folders {len(done.damaged)}; {told_size(done.kept_bytes)} left",
        soft_wrap=True,
    )


def comparison_record(found: "Comparison") -> dict[str, Any]:
    """A comparison for machines."""
    from transitplan.viz.plain import records

    return {
        "equal": found.equal,
        "tables_compared": found.compared,
        "inputs": records(found.inputs),
        "tables": records(found.tables),
    }


def print_comparison(found: "Comparison") -> None:
    """Print what differs: inputs first, which explain the tables."""
    if len(found.inputs):
        OUT.print("What went in:", style="bold")
        for row in found.inputs.itertuples(index=False):
            told = f"  {row.what}: {row.one} → {row.other}"
            OUT.print(told, markup=False, highlight=False, soft_wrap=True)
    if found.equal:
        OUT.print(f"{found.compared} tables, all the same.")
        return
    OUT.print("What came out:", style="bold")
    tables = found.tables
    alone = tables["column"].eq("") & (tables["rows_one"].isna() | tables["rows_other"].isna())
    if alone.any():
        said = f"  in one of them only: {', '.join(tables.loc[alone, 'table'])}"
        OUT.print(said, markup=False, highlight=False, soft_wrap=True)
    differing = tables[~alone]
    for row in differing.head(MOST).itertuples(index=False):
        OUT.print(f"  {_difference(row)}", markup=False, highlight=False, soft_wrap=True)
    if len(differing) > MOST:
        OUT.print(f"  and {len(differing) - MOST} columns more (--json tells all)")


def _difference(row: Any) -> str:
    name = f"{row.table}.{row.column}" if row.column else row.table
    if not row.rows_differ > 0:  # None, or NaN in a column of numbers
        return f"{name}: {row.where} ({_rows_of(row.rows_one)} → {_rows_of(row.rows_other)})"
    told = f"{name}: {row.rows_differ:.0f} of {row.rows_one:.0f} rows differ"
    if not row.largest_difference > 0:  # NaN: a column of text
        return f"{told}, first at {row.where}"
    return f"{told}, by {row.largest_difference:,.6g} at most, at {row.where}"


def _rows_of(count: Any) -> str:
    return f"{count:.0f} rows" if count is not None and count >= 0 else "absent"


def _rows(runs: "pd.DataFrame") -> list[dict[str, Any]]:
    from transitplan.viz.plain import records

    times = {name: runs[name].map(lambda at: at.isoformat()) for name in ("written", "used")}
    return records(runs.assign(**times))


def _listed(runs: "pd.DataFrame") -> "Table":
    table = _new_table("run", "kind", "what", "written (UTC)", ">took", ">size")
    for row in runs.itertuples(index=False):
        seconds: Any = row.seconds
        took = f"{seconds:.0f} s" if seconds >= 0 else ""
        size, at = told_size(int(str(row.bytes))), f"{row.written:%Y-%m-%d %H:%M}"
        where = f" · {Path(str(row.case_folder)).name}" if row.case_folder else ""
        table.add_row(str(row.key)[:SHORT], str(row.kind), f"{row.name}{where}", at, took, size)
    return table


def _facts(run: "StoredRun") -> list[tuple[str, Any]]:
    """What the record says, one a line."""
    plain = {name: value for name, value in run.inputs.items() if isinstance(value, str | float)}
    options = run.inputs.get("options", plain)
    told = {
        "run": run.key,
        "kind": run.kind,
        "name": run.record.get("name"),
        "case": run.record.get("case"),
        "options": ", ".join(f"{name} {value}" for name, value in options.items() if value != ""),
        "written": run.written,
        "seconds": run.record.get("seconds"),
        "relative gap": run.record.get("relative_gap"),
        "equilibria": run.record.get("equilibria"),
        "input files": len(run.inputs.get("files", ())) or None,
        "software": ", ".join(f"{name} {version}" for name, version in run.software.items()),
        "folder": run.folder,
    }
    return [(name, value) for name, value in told.items() if value not in (None, "")]


def _tables(run: "StoredRun") -> "Table":
    from pyarrow.parquet import read_metadata

    table = _new_table("table", ">rows", ">columns", ">size")
    for name in run.tables:
        facts = read_metadata(run.folder / f"{name}.parquet")
        size = told_size(run.files[f"{name}.parquet"]["bytes"])
        table.add_row(name, f"{facts.num_rows:,}", str(facts.num_columns), size)
    return table


def _collected(done: "Collected", *, dry: bool) -> dict[str, Any]:
    return {
        "dry_run": dry,
        "removed": _rows(done.runs),
        "left_over": [path.name for path in done.left_over],
        "damaged": [path.name for path in done.damaged],
        "freed_bytes": done.freed_bytes,
        "kept": done.kept,
        "kept_bytes": done.kept_bytes,
    }


def _new_table(*heads: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for head in heads:
        table.add_column(head.removeprefix(">"), justify="right" if head[0] == ">" else "left")
    return table
