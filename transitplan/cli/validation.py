"""``transitplan validation``: how far the demand of a case can be believed, as Markdown."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from transitplan.cli.console import (
    ERR,
    case_folder,
    checked_language,
    examples,
    print_record,
    writable_folder,
    written,
)

if TYPE_CHECKING:  # help and usage errors need no case
    from transitplan.scenario.case import Case

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
    as_json: bool = typer.Option(
        False, "--json", help="Print the tables of the record, and what is out of date, as JSON."
    ),
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
    from transitplan.scenario.forecast import demand_notices, demand_problems
    from transitplan.scenario.read import read_case

    found = read_case(case_folder(case))
    told = [*demand_problems(found), *demand_notices(found)]
    for text in told:
        ERR.print(f"Warning: {text}", markup=False, highlight=False, soft_wrap=True)
    page = validation_page(found, language=lang, out_of_date=told)
    if as_json:
        print_record(_record(found, told))
    if out is None and not as_json:
        typer.echo(page, nl=False)
    elif out is not None:
        written([write_whole(out, lambda part: part.write_text(page, encoding="utf-8"))])


def _record(case: "Case", told: list[str]) -> dict[str, object]:
    """Tables of the record by name, and what is missing or out of date."""
    from transitplan.appraisal.demand_record import read_record

    record = read_record(case)
    tables = {} if record is None else record.tables()
    return {
        "case": str(case.folder),
        "problems": told,
        "record": {name: table.to_dict("records") for name, table in tables.items()},
    }
