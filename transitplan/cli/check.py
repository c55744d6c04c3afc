"""``transitplan check``: all problems of networks, demand files and cases."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from transitplan.cli.console import ERR, OUT
from transitplan.errors import NotFoundError, ValidationError
from transitplan.model.tables import NO_USE

if TYPE_CHECKING:
    from transitplan.model.network import Network

EXAMPLES = (
    "Example: `transitplan check networks/jinan od_matrices/jinan/2025_am.omx`. Exit code 1 where "
    "something is wrong, so it serves as a git hook."
)


def command(
    paths: list[Path] = typer.Argument(..., help="Case folders, networks or demand files."),
) -> None:
    """Read each file as a run would and list every problem."""
    failed = False
    for path in paths:
        try:
            found = _read(path)
        except (ValidationError, NotFoundError) as error:
            failed = True
            problems = getattr(error, "problems", (str(error),))
            ERR.print(f"{path}: {len(problems)} problems", style="red", markup=False)
            for text in problems:
                ERR.print(f"  {text}", markup=False, soft_wrap=True)
        else:
            OUT.print(f"{path}: {found}", markup=False, soft_wrap=True)
    if failed:
        raise typer.Exit(1)


def _read(path: Path) -> str:
    from transitplan.io import read_demand, read_network
    from transitplan.scenario.forecast import demand_problems
    from transitplan.scenario.options import option_problems
    from transitplan.scenario.read import read_case

    if (path / "case.toml").is_file():
        case = read_case(path)
        found = option_problems(case) + demand_problems(case)
        if found:
            raise ValidationError(found)
        years = ", ".join(str(year) for year in case.years)
        return f"sound; {case.network!r}, {len(case.sites)} sites, years {years}"
    if path.suffix in {".omx", ".csv"}:
        return f"sound; {read_demand(path)!r}"
    network = read_network(path)
    return "; ".join([f"sound; {network!r}", *_rules(network)])


def _rules(network: "Network") -> list[str]:
    """What the network says about turns and delay, beyond its links."""
    found = []
    if "movement" in network.table_names:
        table = network.table("movement")
        banned = (table["allowed_uses"] == NO_USE).sum()
        partly = (~table["allowed_uses"].isin([NO_USE, "all"])).sum()
        slow = (table["penalty_s"] > 0).sum()
        found.append(
            f"{len(table)} turns listed: {banned} banned, {partly} open to some uses only, {slow} "
            "with a penalty; turns that are not listed are free"
        )
    links = network.links
    for name, function in network.delay_functions.items():
        mine = links[links["facility_type"] == name]
        found.append(f"{name}: {function!r} on {len(mine)} links")
    return found
