"""What the command line prints: times between clusters, the options, and how sure the runs are."""

from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text as Line

from transitplan.errors import counted
from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.cells import value_with_range
from transitplan.report.noise import noise_notices
from transitplan.report.rows import of_run
from transitplan.scenario.case import NONE
from transitplan.viz.text import finite, minutes, money, plain, rounded, sure

COLUMNS = 110  # of the terminal


def console_tables(assessment: Assessment) -> Group:
    """Return tables for rich to print, at most 110 columns wide."""
    base, last = assessment.case.base_year, names.horizon_year(assessment)
    return Group(
        Line(
            f"Minutes by car between clusters, {base}, free / peak; from the place above "
            "to the one at the left",
            "bold",
        ),
        _access(assessment),
        Line(f"\nOptions against building nothing, traffic of {last}", "bold"),
        _options(assessment),
        Line(""),
        _accounts(assessment),
        *(Line(notice.en, "yellow") for notice in noise_notices(assessment)),
    )


def _table() -> Table:
    return Table(box=None, pad_edge=False, padding=(0, 1))


def _access(assessment: Assessment) -> Table:
    base = assessment.case.base_year
    rows = of_run(assessment.access, NONE, base)
    kinds = assessment.case.network.clusters.set_index("cluster_id")["kind"]
    named = {
        place: names.short(name).en
        for place, name in names.places(assessment.case).items()
        if kinds[place] == "cluster"
    }
    times = rows.set_index(["origin_id", "destination_id"])[["free_min", "peak_min"]]
    table = _table()
    table.add_column("", max_width=40, overflow="ellipsis", no_wrap=True)
    for place in named:
        table.add_column(place, justify="right", no_wrap=True)
    for end, name in named.items():
        cells = [
            ""
            if start == end or (start, end) not in times.index
            else " / ".join(minutes(times[when][start, end]) for when in ("free_min", "peak_min"))
            for start in named
        ]
        table.add_row(f"{end} {name}", *cells)
    return table


def _options(assessment: Assessment) -> Table:
    last = names.horizon_year(assessment)
    used = assessment.options[assessment.options["year"] == last].set_index("option_id")
    facts = assessment.appraisal.set_index("option_id")
    table = _table()
    for head in ("option", "veh/day", "capital", "net value (5–95 %)", "B/C", "best in"):
        table.add_column(head, justify="left" if head == "option" else "right", no_wrap=True)
    for option in names.built_options(assessment):
        row: Any = facts.loc[option]
        daily = finite(used["daily_vehicles"].get(option)) or 0.0
        table.add_row(
            option,
            plain(rounded(daily, 2)),
            money(row["capital_cost_cny"]).en,
            value_with_range(row).en,
            plain(row["bcr"], 2),
            sure(row["probability_best"]),
        )
    return table


def _accounts(assessment: Assessment) -> Line:
    rows = assessment.convergence
    parts = rows[["assigned_vph", "intrazonal_vph", "unreachable_vph"]]
    lost = (rows["demand_vph"] - parts.sum(axis=1)).abs().max()
    most = rows.sort_values("demand_vph").iloc[-1]
    assigned, intrazonal, unreachable = (
        plain(float(most[name])) for name in ("assigned_vph", "intrazonal_vph", "unreachable_vph")
    )
    return Line(
        f"{counted(len(rows), 'equilibrium', 'equilibria')}, relative gap at most "
        f"{rows['relative_gap'].max():.1e}, about "
        f"{money(rows['gap_value_cny'].max()).en} a year of travel cost"
        f" (its total off by {money(rows['cost_error_cny'].max()).en} at most).\n"
        f"Trips in {most['year']}: {plain(float(most['demand_vph']))} veh/h = {assigned} assigned "
        f"+ {intrazonal} within zones + {unreachable} unreachable; lost in any run: {lost:.1g}."
    )
