"""``transitplan skim``: time and length between all zones."""

from dataclasses import asdict
from pathlib import Path

import typer

from transitplan.cli.console import (
    ERR,
    OUT,
    examples,
    print_record,
    progress,
    writable_folder,
    written,
)

EXAMPLES = examples(
    ("skim networks/jinan/2025 --out free_flow.csv", "seconds and metres by car"),
    ("skim networks/jinan/2025 --fields time_s --use truck --out truck.csv", "trucks"),
    ("skim networks/jinan/2025 --dtype float32 --out free_flow.omx", "matrices, half as large"),
)


def command(
    network: Path = typer.Argument(..., help="GMNS folder, .gpkg or .graphml."),
    *,
    fields: str = typer.Option("time_s,length_m", help="Quantities, by comma."),
    use: str = typer.Option("car", help="Kind of traffic."),
    dtype: str = typer.Option("float64", help="float64, or float32: half as large."),
    memory: str = typer.Option("", help="Refuse to take more than this, as 4GB."),
    threads: int | None = typer.Option(None, min=1, help="At most so many; all cores by default."),
    cluster: str = typer.Option("", help="Dask scheduler, as tcp://host:8786, or local."),
    as_json: bool = typer.Option(False, "--json", help="Print a record for machines."),
    out: Path = typer.Option(
        ...,
        "--out",
        "-o",
        help=".csv or .parquet, one row an OD pair; .omx, a matrix a field; without suffix a "
        "folder of Parquet files: run again after a stop, it goes on where it was.",
    ),
) -> None:
    """Write free-flow skims between all zones, a block of origins at a time; inf: no way."""
    import transitplan as tp
    from transitplan.io.matrix_blocks import block_writer
    from transitplan.memory import parse_size

    block_writer(out)
    limit = parse_size(memory) if memory else None
    writable_folder(out.parent)
    roads = tp.compile_road(tp.read_network(network))
    with progress("skim") as tell:
        found = tp.write_skim(
            roads,
            out,
            [name.strip() for name in fields.split(",")],
            use=use,
            dtype=dtype,
            memory=limit,
            threads=threads,
            cluster=cluster,
            before=lambda size: ERR.print(str(size), highlight=False, soft_wrap=True),
            progress=lambda done, total: tell(done, total, "zones"),
        )
    if as_json:
        record = {**asdict(found), "use": use, "written": str(out)}
        print_record({name: value for name, value in record.items() if name != "path"})
    else:
        ways = f"{found.pairs_without_a_way} pairs without a way for {use}"
        OUT.print(f"{found.zones} zones, {ways}")
    written([out])
