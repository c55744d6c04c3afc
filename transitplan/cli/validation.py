"""``transitplan validation``: how far the demand of a case can be believed, as Markdown."""

from pathlib import Path

import typer

from transitplan.cli.console import (
    ERR,
    case_folder,
    checked_language,
    examples,
    writable_folder,
    written,
)

EXAMPLES = examples(
    (
        "validation networks/jinan --out docs/validation.md",
        "the page, once `transitplan demand networks/jinan` has run",
    ),
)


def command(
    case: Path | None = typer.Argument(None, help="Case folder; the shipped Jinan case if absent."),
    *,
    out: Path | None = typer.Option(None, help="Markdown file to write; else it is printed."),
    lang: str = typer.Option("en", help="en or zh."),
) -> None:
    """Write the validation page of a demand model: shares, lengths, counts, what is assumed.

    Matrices that are missing or of other inputs than the case has now are told as a warning: the
    page is then about those of the last `transitplan demand`.
    """
    checked_language(lang)
    if out is not None:
        writable_folder(out.parent)
    from transitplan.io.text import write_whole
    from transitplan.report.demand_page import validation_page
    from transitplan.scenario.forecast import demand_problems
    from transitplan.scenario.read import read_case

    found = read_case(case_folder(case))
    for text in demand_problems(found):
        ERR.print(f"Warning: {text}", markup=False, highlight=False, soft_wrap=True)
    page = validation_page(found, language=lang)
    if out is None:
        typer.echo(page, nl=False)
    else:
        written([write_whole(out, lambda part: part.write_text(page, encoding="utf-8"))])
