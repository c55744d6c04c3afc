"""``transitplan import lines``: a GTFS feed of planned lines."""

from pathlib import Path

import typer

from transitplan.cli.console import ERR, OUT, examples, print_record
from transitplan.errors import ValidationError

EXAMPLES = examples(
    (
        "import lines networks/two_banks/lines.toml --out /tmp/transit",
        "the timetable; a network reads it from its folder transit/",
    ),
)


def command(
    source: Path = typer.Argument(
        ..., help="Lines: a .toml, or a folder of stop, line, call .csv."
    ),
    *,
    out: Path = typer.Option(..., "--out", "-o", help="Folder of the feed, or a .zip."),
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
) -> None:
    """Build a timetable of stops in order, speeds and headways: a GTFS feed with stable ids."""
    from transitplan.io.gtfs import write_service
    from transitplan.io.lines import read_lines
    from transitplan.model.lines import build_service

    if out.suffix not in {"", ".zip"}:
        raise ValidationError(f"{out}: a feed is a folder or a .zip. Name one of them.")
    if out.is_dir() and (out / "config.csv").is_file():
        raise ValidationError(f"{out}: this is a network. Name its folder {out}/transit.")
    service = build_service(read_lines(source))
    path = write_service(service, out)
    if as_json:
        rows = {name: len(service.table(name)) for name in service.table_names}
        print_record({"rows": rows, "version": service.version, "written": str(path)})
    else:
        OUT.print(repr(service), markup=False, highlight=False, soft_wrap=True)
    ERR.print(f"written: {path}", soft_wrap=True)
