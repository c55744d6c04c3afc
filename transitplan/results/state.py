"""State: a network at the equilibrium of a demand, as the appraisal knows it from cases."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from transitplan.appraisal.pairs import HourPairs, pair_benefits_by_class, run_pairs
from transitplan.assignment import Assignment
from transitplan.errors import ValidationError
from transitplan.flow.screenline import leaving
from transitplan.model.banks import BANKS, banks
from transitplan.model.demand import Demand
from transitplan.model.network import Network
from transitplan.scenario.case import Case
from transitplan.scenario.run import DEFAULT_GAP, Run, solve_network
from transitplan.scenario.variants import Variant
from transitplan.units import METRES_PER_KM, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

MINUTES_PER_HOUR = SECONDS_PER_HOUR / SECONDS_PER_MINUTE
ALL = "all"  # name of the sum: of classes, of crossings
FLOWS = ("crossing_id", "name", "name_zh", "direction", "flow_vph")


@dataclass(frozen=True, eq=False)
class State:
    """A solved network; matrices and tables are made when first asked for."""

    run: Run
    case: Case | None = None  # whose parameters put money to it

    @property
    def network(self) -> Network:
        """The network."""
        return self.run.network

    @property
    def demand(self) -> Demand:
        """The trips."""
        return self.run.demand

    @property
    def found(self) -> Assignment:
        """The equilibrium, with its routes."""
        if self.run.found is None:
            raise ValueError("a state keeps its assignment")
        return self.run.found

    @cached_property
    def pairs(self) -> HourPairs:
        """What each class spends between each pair of zones."""
        return run_pairs(self.run)

    @cached_property
    def class_totals(self) -> pd.DataFrame:
        """Totals of the hour by class, and of all; see ``TOTALS`` for columns and units."""
        run, found = self.run, self.found
        accounts = found.accounting_by_class
        own = run.class_totals.set_index("class_name")
        worth = pd.Series({each.name: each.value_of_time_cny_per_h for each in self.demand.classes})
        table = pd.DataFrame(
            {
                "trips": accounts["demand"],
                "assigned": accounts["assigned"],
                "unreachable": accounts["unreachable"],
                "veh_km": own["distance_m"] / METRES_PER_KM,
                "veh_h": own["time_s"] / SECONDS_PER_HOUR,
                "delay_h": found.class_flow_vph @ found.delay_s / SECONDS_PER_HOUR,
                "tolls": own["toll_cny"],
                "cost": own["cost_s"] / SECONDS_PER_HOUR * worth,
            }
        )
        table.loc[ALL] = table.sum()
        driven = table.pop("assigned").replace(0.0, np.nan)
        table["speed"] = table["veh_km"] / table["veh_h"].replace(0.0, np.nan)
        table["trip_min"] = table["veh_h"] / driven * MINUTES_PER_HOUR
        table["trip_km"] = table["veh_km"] / driven
        return table

    @cached_property
    def crossings(self) -> pd.DataFrame:
        """Vehicles over each crossing by direction, and over all of them; columns ``FLOWS``.

        Empty where the network has no banks.
        """
        try:
            bank = banks(self.network)
        except ValidationError:
            return pd.DataFrame(columns=list(FLOWS))
        links = self.network.links
        flow = pd.Series(self.found.flow_vph, index=links["link_id"])
        names = self.network.crossings.set_index("crossing_id")
        rows = []
        for crossing, own in links[links["crossing_id"] != ""].groupby("crossing_id", sort=False):
            called = [
                names[column].get(crossing, own[column].iloc[0]) for column in ("name", "name_zh")
            ]
            rows += [
                (crossing, *called, f"to_{end}", leaving(own, bank, start, flow))
                for start, end in (BANKS, BANKS[::-1])
            ]
        table = pd.DataFrame(rows, columns=list(FLOWS))
        whole = table.groupby("direction", sort=False)["flow_vph"].sum().reset_index()
        whole = whole.assign(crossing_id=ALL, name="all crossings", name_zh="全部通道")
        return pd.concat([table, whole[list(FLOWS)]], ignore_index=True)


# Totals of ``State.class_totals``: what they are called, and their unit.
TOTALS = {
    "trips": ("trips", "veh/h"),
    "unreachable": ("trips without a way", "veh/h"),
    "veh_km": ("distance driven", "veh·km/h"),
    "veh_h": ("time in traffic", "veh·h/h"),
    "delay_h": ("of it delay", "veh·h/h"),
    "speed": ("mean speed", "km/h"),
    "trip_min": ("mean time of a trip", "min"),
    "trip_km": ("mean length of a trip", "km"),
    "tolls": ("tolls paid", "CNY/h"),
    "cost": ("generalised cost", "CNY/h"),
}


def solve(
    network: Network,
    demand: Demand,
    *,
    gap: float = DEFAULT_GAP,
    case: Case | None = None,
    year: int = 0,
    start: State | None = None,
) -> State:
    """Solve a demand on a network.

    Parameters
    ----------
    year
        Of the fleet, for emissions; the case's base year where none is given.
    start
        A state whose routes to begin from: faster, and the difference to it carries less of what
        the gap leaves open.

    Raises
    ------
    ConvergenceError
        If the gap is not reached.
    """
    stands_for = Variant(year or (case.base_year if case else 0))
    begin = start.found if start else None
    run, _ = solve_network(network, demand, stands_for, gap=gap, start=begin)
    return State(run, case)


def benefits(before: State, after: State) -> pd.DataFrame:
    """User benefits of the hour by class, as ``pairs.pair_benefits_by_class`` [CNY/h].

    Without a case, pairs that gain or lose their only way are counted but not valued.
    """
    case = after.case
    values = case.values if case else {"new_pair_scale": np.inf}
    table = pair_benefits_by_class(before.pairs, after.pairs, values)
    if case is None:
        table.loc[table["alternative"] != "", "alternative"] = "not valued: no parameters at hand"
    return table


def same_trips(before: State, after: State) -> bool:
    """Whether both have the same demand."""
    return before.demand.version == after.demand.version
