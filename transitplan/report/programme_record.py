"""What ``transitplan stage`` prints and writes: tables for a terminal, and programme.json."""

from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text as Line

from transitplan.appraisal.programme_rules import CENTRAL
from transitplan.appraisal.programme_study import Programme
from transitplan.report import names
from transitplan.viz.plain import plain_data
from transitplan.viz.text import Text, finite, money, plain

SCHEMA = 1  # raised when a key changes its meaning or goes
TABLES = (
    "plans",
    "moves",
    "budgets",
    "budget_range",
    "waiting",
    "interaction",
    "attribution",
    "futures",
    "states",
    "search",
)


def programme_record(programme: Programme) -> dict[str, Any]:
    """Return the record as plain data: no clock, no infinite number, one list of rows a table."""
    case = programme.case
    record = {
        "schema": SCHEMA,
        "command": programme.command,
        "case": {"name": case.name, "name_zh": case.name_zh, "base_year": case.base_year},
        "best_plan": programme.plans["plan"][0],
        "studied_plan": programme.studied_plan,
        "robust_plan": programme.robust_plan,
        "yearly_benefit_cny": programme.yearly_benefit_cny,
        "equilibria": programme.equilibria,
        "relative_gap_asked": programme.relative_gap,
        "future_scales": {
            name: {"trips": world.trips, "value_of_time": world.value_of_time}
            for name, world in programme.worlds.items()
        },
    }
    tables = {name: getattr(programme, name).to_dict("records") for name in TABLES}
    return dict(plain_data({**record, **tables}))


def console_programme(programme: Programme) -> Group:
    """Return tables for rich to print, at most 110 columns wide."""
    return Group(
        Line("Best plans within the budgets", "bold"),
        _plans(programme),
        Line(certainty(programme).en),
        Line("\nBudgets, and what the best plan spends up to each stage", "bold"),
        _budgets(programme),
        Line("\nThe same plans in other futures", "bold"),
        _futures(programme),
        Line(f"Least regret: {programme.robust_plan}."),
    )


def certainty(programme: Programme) -> Text:
    """How sure it is that no plan is better, one or two sentences."""
    row: Any = programme.search.set_index("future").loc[CENTRAL]
    tried = _tried(row)
    if row["method"] == "enumeration":
        return Text(f"{tried.en} No other is worth more.", f"{tried.zh}没有更优的方案。")
    bound = money(row["bound_cny"])
    if row["proved"]:
        return Text(
            f"{tried.en} By proof, no plan left out is worth more.",
            f"{tried.zh}已证明：未试算的方案均不会更优。",
        )
    gap, steps, down = money(row["gap_cny"]), row["steps_compared"], row["steps_down"]
    top, assumed = row["npv_cny"], row["monotone_bound_cny"]
    if assumed <= top + abs(top) * 1e-12:
        usual = Text(
            "It is best unless one more crossing can make the others worth less, which happened "
            f"in {down} of {steps} steps between solved states.",
            f"除非增建一处通道会降低其他通道的效益，否则该方案最优；在已解状态之间的 {steps} "
            f"步中，这种情况出现 {down} 次。",
        )
    else:
        usual = Text("The search was cut short.", "搜索提前结束。")
    return Text(
        f"{tried.en} {usual.en} By proof, no plan is worth more than {bound.en}, {gap.en} above "
        "it.",
        f"{tried.zh}{usual.zh}已证明：任何方案的净现值不超过 {bound.zh}，即至多再高 {gap.zh}。",
    )


def _tried(row: Any) -> Text:
    possible = finite(row["plans_possible"])
    every = "over a million" if possible is None else plain(possible)
    every_zh = "一百万以上" if possible is None else plain(possible)
    states = plain(float(row["states_solved"]))
    if row["method"] == "enumeration":
        return Text(
            f"All {every} plans were tried, on {states} states of the network.",
            f"全部 {every_zh} 个方案均已试算，涉及 {states} 个路网状态。",
        )
    valued = plain(float(row["plans_valued"]))
    return Text(
        f"{valued} of {every} plans were tried, on {states} states of the network.",
        f"{every_zh} 个方案中试算了 {valued} 个，涉及 {states} 个路网状态。",
    )


def _table(*heads: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1))
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place else "left", overflow="fold")
    return table


def _plans(programme: Programme) -> Table:
    table = _table("plan", "capital", "costs, PV", "benefits, PV", "net value", "behind")
    for row in names.records(programme.plans):
        table.add_row(
            f"{row.rank}  {row.plan}",
            *(
                money(value).en
                for value in (
                    row.capital_cny,
                    row.pv_costs_cny,
                    row.pv_benefits_cny,
                    row.npv_cny,
                    row.behind_cny,
                )
            ),
        )
    return table


def _budgets(programme: Programme) -> Table:
    table = _table("stage", "budget", "low", "high", "spent")
    for row in names.records(programme.budgets):
        limit = "no limit" if finite(row.budget_cny) is None else money(row.budget_cny).en
        table.add_row(
            str(row.stage),
            limit,
            money(row.low_cny).en,
            money(row.high_cny).en,
            money(row.spent_cny).en,
        )
    return table


def _futures(programme: Programme) -> Table:
    rows = programme.futures
    worlds = list(programme.worlds)
    table = _table("plan", *(f"{name}: net value" for name in worlds), "greatest regret")
    for plan, own in rows.groupby("plan", sort=False):
        value = own.set_index("future")["npv_cny"]
        cells = [money(value[name]).en for name in worlds]
        table.add_row(str(plan), *cells, money(own["regret_cny"].max()).en)
    return table
