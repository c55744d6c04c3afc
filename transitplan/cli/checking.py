"""What ``transitplan check`` does: reads each thing as a run would, holds it against the rules."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from transitplan.cli.console import ERR, OUT
from transitplan.cli.targets import Target, base_of, case_above
from transitplan.errors import NotFoundError, ValidationError, counted
from transitplan.inspection import RULE_NAMES, Audit, audit, read_waivers
from transitplan.inspection.demand import audit_demand
from transitplan.inspection.waivers import unknown_rules
from transitplan.io import read_demand, read_network
from transitplan.io.toml import read_toml
from transitplan.model.network import Network
from transitplan.model.tables import NO_USE


@dataclass(frozen=True)
class Options:
    """What the command line says of rules and places."""

    network: Path | None
    river: Path | None
    only: tuple[str, ...]
    skip: tuple[str, ...]


@dataclass
class Checked:
    """What was found about one thing."""

    target: Target
    said: list[str] = field(default_factory=list)
    problems: tuple[str, ...] = ()  # it cannot be read, or not be run
    warnings: tuple[str, ...] = ()
    next: str = ""  # what a case that is sound so far still needs
    audits: list[Audit] = field(default_factory=list)

    def count(self, severity: Any) -> int:
        """How many findings there are of a severity."""
        own = {"error": len(self.problems), "warning": len(self.warnings)}.get(severity, 0)
        return own + sum(each.count(severity) for each in self.audits)


def known(rules: list[str]) -> None:
    """Refuse names of rules that are not known before anything is read."""
    wrong = unknown_rules(rules, RULE_NAMES)
    if wrong:
        raise ValidationError(wrong)


def check(target: Target, options: Options) -> Checked:
    """Read one thing and hold it against the rules; what is wrong is in the result."""
    checked = Checked(target)
    work: dict[str, Callable[[Checked, Options], None]] = {
        "case": _case, "network": _network, "cards": _cards, "demand": _demand,
    }  # fmt: skip
    try:
        work[target.kind](checked, options)
    except (ValidationError, NotFoundError) as error:
        checked.problems += tuple(getattr(error, "problems", (str(error),)))
    return checked


def _case(checked: Checked, options: Options) -> None:
    from transitplan.scenario.forecast import demand_notices, demand_problems
    from transitplan.scenario.options import option_problems
    from transitplan.scenario.read import read_case

    case = read_case(checked.target.path)
    absent = [year for year in case.years if not case.demand_path(year).is_file()]
    if absent:  # a case that was just written is not wrong
        whose = ", ".join(str(year) for year in absent)
        checked.next = f"no demand yet for {whose}; next: transitplan demand {case.folder}"
    wanting = [] if len(absent) == len(case.years) else demand_problems(case)
    found = [*option_problems(case), *wanting]
    years = ", ".join(str(year) for year in case.years)
    checked.said.append(f"{case.network!r}, {counted(len(case.sites), 'site')}, years {years}")
    checked.problems = tuple(found)
    checked.warnings += tuple(demand_notices(case))
    base = base_of(checked.target.path)
    rules = _rules(options, base)
    before = rules(case.network)
    checked.audits.append(before)
    for year in case.years:
        if year != case.base_year:
            later = rules(case.version(year).network, year=year).beyond(before)
            checked.audits.append(replace(later, name=f"{later.name}, roads of {year}"))
            checked.warnings += case.version(year).warnings
    if not found and not absent:
        files = [case.demand_path(year) for year in case.years]
        checked.audits += [audit_demand(read_demand(file), case.network) for file in files]


def _network(checked: Checked, options: Options) -> None:
    network = read_network(checked.target.path)
    checked.said = [repr(network), *_described(network)]
    checked.audits.append(_rules(options, checked.target.path)(network))


def _cards(checked: Checked, options: Options) -> None:
    from transitplan.scenario.card_check import check_cards

    place = options.network or case_above(checked.target.path)
    base = None if place is None else base_of(place)
    if base is None:
        tried = check_cards([checked.target.path])
        tail = "read, not applied: name their network with --network"
    else:
        rules = partial(_rules(options, base), year=None)  # cards lead to a year of their own
        tried = check_cards([checked.target.path], read_network(base), rules)
        tail = f"applied to {base}" if tried.audit else f"not applied to {base}"
    checked.said.append(f"{counted(len(tried.cards), 'card')} {tail}")
    checked.problems += tried.problems
    checked.warnings += tried.warnings
    checked.audits += [tried.audit] if tried.audit else []


def _demand(checked: Checked, options: Options) -> None:
    demand = read_demand(checked.target.path)
    network = None if options.network is None else read_network(base_of(options.network))
    checked.said.append(repr(demand))
    checked.audits.append(audit_demand(demand, network))


def _rules(options: Options, folder: Path) -> Callable[..., Audit]:
    """How networks of a folder are checked: its river, its year and what was waived there."""
    case = case_above(folder) if folder.is_dir() else None
    told = {} if case is None else read_toml(case / "case.toml")
    river = options.river
    if river is None and case is not None and told.get("ground"):
        river = case / str(told["ground"])
    places = [folder, *([case] if case is not None and case != folder else [])]
    waivers = [waiver for place in places for waiver in read_waivers(place, RULE_NAMES)]
    year = int(folder.name) if folder.name.isdigit() else told.get("base_year")
    return partial(
        audit, river=river, year=year, only=options.only, skip=options.skip, waivers=waivers
    )


def show(checked: Checked, *, most: int, notes: bool) -> None:
    """Print what was found, as text."""
    name = checked.target.path
    errors = checked.count("error")
    sound = "sound so far" if checked.next else "sound"
    said = "; ".join(["wrong" if errors else sound, *checked.said, *_counts(checked)])
    if checked.said:
        OUT.print(f"{name}: {said}", markup=False, soft_wrap=True, highlight=False)
    if checked.next:
        OUT.print(f"{name}: {checked.next}", markup=False, soft_wrap=True, highlight=False)
    if checked.problems:
        told = counted(len(checked.problems), "problem")
        ERR.print(f"{name}: {told}", style="red", markup=False)
        for text in checked.problems:
            ERR.print(f"  {text}", markup=False, soft_wrap=True)
    for text in checked.warnings:
        ERR.print(f"  warning: {text}", style="yellow", markup=False, soft_wrap=True)
    for each in checked.audits:
        text = each.to_text(most=most, notes=notes)
        if text:
            if len(checked.audits) > 1:
                OUT.print(f"in {each.name}:", markup=False, soft_wrap=True)
            OUT.print(text, markup=False, soft_wrap=True, highlight=False)


def _counts(checked: Checked) -> list[str]:
    waived = max((each.waived for each in checked.audits), default=0)
    counts = {
        "error": checked.count("error"),
        "warning": checked.count("warning"),
        "note": checked.count("note"),
    }
    told = [counted(count, name) for name, count in counts.items() if count]
    told += [f"{waived} waived"] if waived else []
    return [", ".join(told)] if told else []


def record(checked: Checked) -> dict[str, Any]:
    """Return what was found, for machines."""
    return {
        "path": str(checked.target.path),
        "kind": checked.target.kind,
        "ok": not checked.count("error") and not checked.next,
        "next": checked.next,
        "problems": list(checked.problems),
        "warnings": list(checked.warnings),
        "audits": [json.loads(each.to_json()) for each in checked.audits],
    }


def _described(network: Network) -> list[str]:
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
        found.append(f"{name}: {function!r} on {counted(len(mine), 'link')}")
    return found
