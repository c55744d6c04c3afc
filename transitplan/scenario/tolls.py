"""Tolls of a variant: the present rules and what differs from them, by use and plate."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from transitplan.arrays import Bools, Floats
from transitplan.errors import NotFoundError, likely
from transitplan.graph.road import posted_toll_cny
from transitplan.model.demand import CAR, FREIGHT, TRUCK, Demand
from transitplan.model.edits import set_columns
from transitplan.model.network import Network
from transitplan.scenario.case import Case
from transitplan.scenario.toll_rules import ALL, LOCAL, OTHER, rules_on

CAR_OTHER = f"{CAR}_{OTHER}_plate"  # payer: a car with the plate of another city
PLATE_SHARES = ("other_plate_share", "other_plate_share_border")  # parameters
HALF_A_FEN = 0.005
BORDER = "external"  # kind of the zones where the area ends


@dataclass(frozen=True, order=True)
class Toll:
    """What a passage over a crossing costs vehicles of one use, in place of the network's toll."""

    crossing_id: str
    use: str  # car, or truck: of all trucks
    cny: float
    plate: str = ALL  # of cars: all, local or other

    @property
    def payers(self) -> tuple[str, ...]:
        """Who pays it, as ``UserClass.payer`` names them."""
        if self.use == TRUCK:
            return (TRUCK,)
        return {ALL: (CAR, CAR_OTHER), LOCAL: (CAR,), OTHER: (CAR_OTHER,)}[self.plate]


def present_tolls(case: Case, network: Network, year: int, *, plates: bool) -> tuple[Toll, ...]:
    """Tolls of the rules in force in a year at the crossings that the network has.

    Without plates every car is one of the city: what other cars pay is left aside.
    """
    there = set(network.links["crossing_id"])
    paid = tolls_paid(case.tolls, year, plates=plates)
    return tuple(toll for toll in paid if toll.crossing_id in there)


def tolls_paid(rules: pd.DataFrame, year: int, *, plates: bool = False) -> tuple[Toll, ...]:
    """Tolls of the rules in force in a year, of crossings there or not; plates as above."""
    rows = rules_on(rules, year)
    rows = rows[rows["use"].isin([CAR, TRUCK]) & (plates | (rows["plate"] != OTHER))]
    return tuple(
        sorted(
            Toll(row["crossing_id"], row["use"], row["cny"], row["plate"])
            for row in rows.to_dict("records")
        )
    )


def with_tolls(network: Network, tolls: Iterable[Toll]) -> Network:
    """Return the network with these tolls, once a passage, in place of its own.

    Raises
    ------
    NotFoundError
        If no link belongs to a crossing.
    """
    tolls = sorted(tolls, key=lambda toll: toll.plate != ALL)  # what holds for one plate comes last
    links = network.links
    crossing, first = links["crossing_id"], entry_links(links)
    before = {payer: posted_toll_cny(links, payer) for payer in (CAR, CAR_OTHER, TRUCK)}
    after = {payer: toll.copy() for payer, toll in before.items()}
    for toll in tolls:
        on_it = crossing == toll.crossing_id
        if not on_it.any():
            known = ", ".join(sorted(set(crossing) - {""}))
            raise NotFoundError(
                f"toll: no link belongs to crossing {toll.crossing_id!r}; with links: {known}."
                f"{likely(toll.crossing_id, crossing.unique())}"
            )
        for payer in toll.payers:
            after[payer][on_it] = np.where(first[on_it], toll.cny, 0.0)
    if all(after[payer].equals(before[payer]) for payer in after):
        return network
    columns = {"toll_cny": after[CAR], "toll_truck_cny": after[TRUCK]}
    own = f"toll_{CAR_OTHER}_cny"
    if own in links or not after[CAR_OTHER].equals(after[CAR]):
        columns[own] = after[CAR_OTHER]
    text = ", ".join(map(told, tolls))
    return set_columns(network, columns, reason=f"tolls: {text}")


def told(toll: Toll) -> str:
    """A toll in few words."""
    plate = "" if toll.plate == ALL else f" {toll.plate} plates"
    return f"{toll.crossing_id} {toll.use}{plate} {toll.cny:g} CNY"


def entry_links(links: pd.DataFrame) -> Bools:
    """Links by which a crossing is entered, in either direction, (n_links,).

    A crossing may be a chain of links, and a passage is paid, and counted, once.
    """
    on_it = links.loc[
        links["crossing_id"] != "", ["link_id", "crossing_id", "from_node_id", "to_node_id"]
    ]
    chain = on_it.merge(
        on_it,
        left_on=["crossing_id", "from_node_id"],
        right_on=["crossing_id", "to_node_id"],
        suffixes=("", "_before"),
    )
    inner = chain.loc[chain["from_node_id_before"] != chain["to_node_id"], "link_id"]
    entered = (links["crossing_id"] != "") & ~links["link_id"].isin(inner)
    return np.asarray(entered, dtype=bool)


def split_by_plate(case: Case, demand: Demand) -> Demand:
    """Return the demand with each car class in two: cars of the city, and those of other plates.

    The local part keeps the name of the class. Shares are parameters of the case: one for trips
    inside the area, one for trips that begin or end at its border. Light trucks are one class still
    and pay what cars of other plates do: plates of the city free cars for passengers only.
    """
    share = _other_share(case, demand)
    classes, trips = [], []
    for each, matrix in zip(demand.classes, demand.trips_vph, strict=True):
        if each.use != CAR or each.purpose == FREIGHT:
            classes.append(replace(each, plate=OTHER) if each.use == CAR else each)
            trips.append(matrix)
            continue
        classes += [each, replace(each, name=f"{each.name}_{OTHER}_plate", plate=OTHER)]
        trips += [matrix * (1.0 - share), matrix * share]
    return replace(demand, classes=tuple(classes), trips_vph=np.stack(trips))


def _other_share(case: Case, demand: Demand) -> Floats:
    """Share of cars with plates of other cities on each pair, (n_zones, n_zones)."""
    inside, border = (case.parameter(name) for name in PLATE_SHARES)
    zones = case.network.zones.set_index("zone_id")["zone_kind"]
    outside = (zones.reindex(demand.zone_ids) == BORDER).to_numpy()
    return np.where(outside[:, None] | outside[None, :], border, inside)


def toll_problems(case: Case) -> list[str]:
    """Rules at unknown crossings or for unknown uses, and rules that contradict the links.

    The tolls of ``link.csv`` are those of the rules in the base year for cars of the city and for
    trucks, so that a base with rules is the base without them.
    """
    rules = case.tolls
    if rules.empty:
        return []
    known = set(case.network.crossings["crossing_id"]) | set(case.network.links["crossing_id"])
    known |= {site.crossing_id for site in case.sites}
    for year in case.years:
        known |= set(case.version(year).network.links["crossing_id"])
    uses = set(case.network.table("use_definition")["use"])
    where = f"{case.folder}: toll rules"
    found = [
        f"{where}: no crossing {name!r}. Correct the id, or add the crossing."
        for name in dict.fromkeys(rules["crossing_id"])
        if name not in known
    ]
    found += [
        f"{where}: no use {use!r} in use_definition.csv; it has {', '.join(sorted(uses))}."
        for use in dict.fromkeys(rules["use"])
        if uses and use not in uses
    ]
    ids = set(case.parameters["parameter_id"])
    found += [
        f"{case.folder}: parameter table: no row {name}, which toll rules by plate need. Add it "
        "with value, unit, low, high, source and status."
        for name in PLATE_SHARES
        if name not in ids
    ]
    return found + _contradictions(case, where)


def _contradictions(case: Case, where: str) -> list[str]:
    """Rules of the base year that are not what links and forms have."""
    network, year = case.network, case.base_year
    links = network.links
    first = entry_links(links)
    found = []
    for toll in present_tolls(case, network, year, plates=False):
        payer = toll.payers[0]
        on_it = (links["crossing_id"] == toll.crossing_id).to_numpy()
        has = posted_toll_cny(links, payer).to_numpy()
        differs = on_it & (np.abs(has - np.where(first, toll.cny, 0.0)) > HALF_A_FEN)
        if differs.any():
            found.append(
                f"{where}: {told(toll)} in {year}, but {has[differs][0]:g} CNY on link "
                f"{links['link_id'].to_numpy()[differs][0]} of link.csv. Make them equal."
            )
    rows = rules_on(case.tolls, year)
    cars = rows[(rows["use"] == CAR) & (rows["plate"] != OTHER)].set_index("crossing_id")["cny"]
    found += [
        f"{where}: cars pay {cars[site.crossing_id]:g} CNY at {site.crossing_id} in {year}, but "
        f"{form.toll_cny:g} CNY by the {form.form} of site {site.site_id}. Make them equal."
        for site in case.sites
        for form in site.forms
        if site.crossing_id in cars.index and cars[site.crossing_id] != form.toll_cny
    ]
    return found
