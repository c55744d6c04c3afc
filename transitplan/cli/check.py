"""``transitplan check``: all problems of networks, demand files and cases."""

from pathlib import Path

import typer

from transitplan.cli.console import ERR, OUT
from transitplan.errors import NotFoundError, ValidationError

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
    return f"sound; {read_network(path)!r}"
