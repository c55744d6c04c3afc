"""``transitplan appraise``: the assessment with everything that its answer hangs on."""

import time
from pathlib import Path

import typer

from transitplan.cli import complete, solving
from transitplan.cli.console import (
    ERR,
    case_folder,
    checked_language,
    examples,
    progress,
    show,
    writable_folder,
    written,
)

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
    gap: float = typer.Option(1e-8, help="Relative gap of every equilibrium."),
    processes: int | None = solving.PROCESSES,
    cluster: str = solving.CLUSTER,
    lang: str = typer.Option(
        "en", help="Language the pages show first: en or zh.", autocompletion=complete.languages
    ),
    tiles: str = typer.Option("", help="Address of online map tiles; none by default."),
    as_json: bool = typer.Option(False, "--json", help="Print run.json instead of tables."),
) -> None:
    """Assess every option in full: money, doubt, criteria, tolls, closures; write the report."""
    from transitplan.report.appraisal import appraise
    from transitplan.report.summary import console_tables
    from transitplan.scenario.read import read_case

    checked_language(lang)
    found = read_case(case_folder(case))
    writable_folder(out)
    begun = time.perf_counter()
    with progress("equilibria") as tell:
        appraisal = appraise(
            found,
            skip=skip,
            points=points,
            programme=programme,
            gap=gap,
            processes=processes,
            cluster=cluster,
            progress=tell,
        )
    seconds = time.perf_counter() - begun
    paths = appraisal.to_report(out, language=lang, tiles=tiles)
    show(lambda: console_tables(appraisal.assessment), out / "run.json", as_json=as_json)
    solved = appraisal.studies.equilibria
    ERR.print(
        f"{solved} equilibria at gap {gap:g} in {seconds:.0f} s, {seconds / solved:.2f} s each.",
        soft_wrap=True,
    )
    written(paths)
