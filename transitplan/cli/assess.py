"""``transitplan assess``: the main job."""

from pathlib import Path

import typer

from transitplan.cli import complete, solving
from transitplan.cli.console import (
    PARQUET,
    case_folder,
    checked_gap,
    checked_language,
    examples,
    progress,
    show,
    writable_folder,
    written,
)
from transitplan.cli.keeping import NO_STORE, STORE, chosen_store, keep

EXAMPLES = examples(
    ("assess", "the shipped Jinan case, written into out/"),
    ("assess networks/two_banks --out /tmp/two_banks --lang zh", "another case, Chinese first"),
)


def command(
    case: Path | None = typer.Argument(None, help="Case folder; the shipped Jinan case if absent."),
    *,
    out: Path = typer.Option(Path("out"), "--out", "-o", help="Folder for the report."),
    gap: float = typer.Option(
        1e-8, callback=checked_gap, help="Relative gap of every equilibrium."
    ),
    processes: int | None = solving.PROCESSES,
    cluster: str = solving.CLUSTER,
    lang: str = typer.Option(
        "en", help="Language the pages show first: en or zh.", autocompletion=complete.languages
    ),
    tiles: str = typer.Option("", help="Address of online map tiles; none by default."),
    parquet: bool = PARQUET,
    store: Path | None = STORE,
    no_store: bool = NO_STORE,
    as_json: bool = typer.Option(False, "--json", help="Print run.json instead of tables."),
) -> None:
    """Compare no crossing, a bridge and a tunnel at each open site, and write the report."""
    from transitplan.report.jobs import Job, do_job
    from transitplan.report.summary import console_tables
    from transitplan.scenario.read import read_case

    checked_language(lang)
    kept = chosen_store(store, no_store=no_store)
    found = read_case(case_folder(case))
    writable_folder(out)
    with progress("equilibria") as tell:
        done = do_job(
            Job("assess", found, {"gap": gap}),
            processes=processes,
            cluster=cluster,
            store=kept,
            progress=tell,
        )
    paths = done.result.to_report(out, language=lang, tiles=tiles, parquet=parquet)
    show(lambda: console_tables(done.result), out / "run.json", as_json=as_json)
    written(paths)
    if kept is not None:
        keep(done, kept)
