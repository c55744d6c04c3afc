"""What ``transitplan access --policy`` prints: requirements of a plan, year by year."""

import json
from math import isinf, isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from transitplan.cli.console import ERR, OUT, case_folder, csv_target, progress, write_csv

if TYPE_CHECKING:
    import pandas as pd

    from transitplan.appraisal.policy import PolicyBoard

MARKS = {"yes": "[green]met[/]", "no": "[red]not met[/]", "": ""}


def show_policy(
    case: Path | None,
    *,
    gap: float,
    closures: bool,
    processes: int | None,
    cluster: str,
    out: Path | None,
    as_json: bool,
) -> None:
    """Compute the policy board of a case, print it, and write it where asked."""
    if out is not None:
        csv_target(out)
    from transitplan.appraisal.policy import policy_board, read_policy
    from transitplan.scenario.read import read_case
    from transitplan.scenario.run import Runner

    found = read_case(case_folder(case))
    read_policy(found)  # its mistakes come before the work
    with (
        progress("equilibria") as tell,
        Runner(found, gap=gap, processes=processes, cluster=cluster, progress=tell) as runner,
    ):
        board = policy_board(found, runner, closures=closures)
    if as_json:
        OUT.print_json(
            json.dumps(
                {
                    "values": json.loads(board.values.to_json(orient="records")),
                    "not_computed": json.loads(board.not_computed.to_json(orient="records")),
                }
            )
        )
    else:
        OUT.print(board_table(board))
        for row in board.not_computed.to_dict("records"):
            OUT.print(
                f"{row['requirement']} {row['name']}: not computed. {row['why']}.", soft_wrap=True
            )
    if out is not None:
        write_csv(board.values, out)
    ERR.print(f"{runner.solved} equilibria at gap {gap:g}.", soft_wrap=True)


def board_table(board: "PolicyBoard") -> Table:
    """One row a requirement, a column a year, the target, and whether the last year meets it."""
    rows = board.values
    years = sorted(rows["year"].unique())
    table = Table(title="Policy board", title_justify="left")
    for name in ("", "Requirement", *map(str, years), "Target", "By", ""):
        table.add_column(name, justify="left" if name in ("", "Requirement", "Target") else "right")
    for _, own in rows.groupby(["requirement", "part"], sort=False):
        last = own.iloc[-1]
        by_year = own.set_index("year")["value"]
        due = own[own["year"] >= last["target_year"]]
        met = (due if len(due) else own).iloc[0]["met"]
        table.add_row(
            str(last["requirement"]),
            str(last["name"]),
            *(shown(by_year[year], last["unit"]) for year in years),
            _target(last),
            "" if isnan(last["target_year"]) else f"{last['target_year']:.0f}",
            MARKS[met],
        )
    return table


def shown(value: float, unit: str) -> str:
    """A value with its unit, shares in per cent."""
    if isnan(value):
        return "–"
    if isinf(value):
        return "no way"
    if unit == "share":
        return f"{100 * value:.0f} %"
    return f"{value:.0f} {unit}" if value == int(value) else f"{value:.3g} {unit}"


def _target(row: "pd.Series[Any]") -> str:
    sense, target, unit = row["sense"], row["target"], row["unit"]
    if sense == "report" or isnan(target):
        return "report"
    sign = "≤" if sense == "at most" else "≥"
    return f"{sign} {shown(target, unit)} ({row['target_status']})"
