"""``transitplan appraise``: the assessment with everything that its answer hangs on."""

from pathlib import Path

import typer

from transitplan.cli import complete, solving
from transitplan.cli.console import (
    ERR,
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
    ("appraise", "the shipped Jinan case"),
    (
        "appraise networks/two_banks --skip tolls --out /tmp/two_banks",
        "another case, without the study of tolls",
    ),
)


def command(
    case: Path | None = typer.Argument(None, help="Case folder; the shipped Jinan case if absent."),
    *,
    out: Path = typer.Option(Path("out"), "--out", "-o", help="Folder for the report."),
    skip: list[str] = typer.Option(
        [],
        autocompletion=complete.one_of(
            "economy", "response", "criteria", "tolls", "resilience", "policy"
        ),
        help="Study to leave out: economy, response (in it: demand that answers by mode and "
        "destination), criteria, tolls, resilience or policy; may be repeated.",
    ),
    points: int = typer.Option(
        9, min=7, help="Worlds in which every option is solved for the draws."
    ),
    programme: bool = typer.Option(
        False, "--programme", help="Also search for the best programme, as `stage` does."
    ),
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
    """Assess every option in full: money, doubt, criteria, tolls, closures; write the report."""
    from transitplan.report.jobs import Job, do_job
    from transitplan.report.summary import console_tables
    from transitplan.scenario.read import read_case

    checked_language(lang)
    kept = chosen_store(store, no_store=no_store)
    found = read_case(case_folder(case))
    writable_folder(out)
    options = {
        "skip": sorted(set(skip)),
        "points": points,
        "programme": programme,
        "gap": gap,
    }
    with progress("equilibria") as tell:
        done = do_job(
            Job("appraise", found, options),
            processes=processes,
            cluster=cluster,
            store=kept,
            progress=tell,
        )
    paths = done.result.to_report(out, language=lang, tiles=tiles, parquet=parquet)
    show(lambda: console_tables(done.result.assessment), out / "run.json", as_json=as_json)
    solved, seconds = done.result.studies.equilibria, done.seconds
    ERR.print(
        f"{solved} equilibria at gap {gap:g} in {seconds:.0f} s, {seconds / solved:.2f} s each.",
        soft_wrap=True,
    )
    written(paths)
    if kept is not None:
        keep(done, kept)
