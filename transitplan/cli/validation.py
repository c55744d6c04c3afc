"""``transitplan validation``: how far the demand of a case can be believed, as Markdown."""

from pathlib import Path

import typer

from transitplan.cli.console import (
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
    """Write the validation page of a demand model: shares, lengths, counts, what is assumed."""
    checked_language(lang)
    if out is not None:
        writable_folder(out.parent)
    from transitplan.io.text import write_whole
    from transitplan.report.demand_page import validation_page
    from transitplan.scenario.read import read_case

    page = validation_page(read_case(case_folder(case)), language=lang)
    if out is None:
        typer.echo(page, nl=False)
    else:
        written([write_whole(out, lambda part: part.write_text(page, encoding="utf-8"))])
