"""``transitplan assess``: the main job."""

from pathlib import Path

import typer

from transitplan.cli import complete, solving
from transitplan.cli.console import (
    case_folder,
    checked_language,
    examples,
    progress,
    show,
    writable_folder,
    written,
)

EXAMPLES = examples(
    ("assess", "the shipped Jinan case, written into out/"),
    ("assess networks/two_banks --out /tmp/two_banks --lang zh", "another case, Chinese first"),
)


def command(
    case: Path | None = typer.Argument(None, help="Case folder; the shipped Jinan case if absent."),
    *,
    out: Path = typer.Option(Path("out"), "--out", "-o", help="Folder for the report."),
    gap: float = typer.Option(1e-8, help="Relative gap of every equilibrium."),
    processes: int | None = solving.PROCESSES,
    cluster: str = solving.CLUSTER,
    lang: str = typer.Option(
        "en", help="Language the pages show first: en or zh.", autocompletion=complete.languages
    ),
    tiles: str = typer.Option("", help="Address of online map tiles; none by default."),
    as_json: bool = typer.Option(False, "--json", help="Print run.json instead of tables."),
) -> None:
    """Compare no crossing, a bridge and a tunnel at each open site, and write the report."""
    from transitplan.report.assessment import assess
    from transitplan.report.summary import console_tables
    from transitplan.scenario.read import read_case

    checked_language(lang)
    found = read_case(case_folder(case))
    writable_folder(out)
    with progress("equilibria") as tell:
        assessment = assess(found, gap=gap, processes=processes, cluster=cluster, progress=tell)
    paths = assessment.to_report(out, language=lang, tiles=tiles)
    show(lambda: console_tables(assessment), out / "run.json", as_json=as_json)
    written(paths)
