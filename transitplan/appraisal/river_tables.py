"""Tables of the river as a screenline: capacity, what limits it, how many crossings may fail."""

from collections.abc import Sequence

import pandas as pd

from transitplan.appraisal.option_states import OptionStates
from transitplan.appraisal.resilience_tables import centres
from transitplan.flow import bank_flow, banks, failures, place_flows, river_capacity
from transitplan.flow.screenline import flow_row, persons_per_pce, zones_of
from transitplan.model.network import Network
from transitplan.scenario.case import NONE, Case

USES = ("car", "truck", "dangerous_goods")
FAILURES = {True: 3, False: 2}  # how many crossings may fail at once: nothing built, an option


def screenline(parts: Sequence[OptionStates]) -> pd.DataFrame:
    """Capacity of each crossing by direction and use, and the peak flow of all."""
    pieces = []
    for part in parts:
        run = part.open_.run
        known = set(run.network.table("use_definition")["use"]) or set(USES[:1])
        flow = run.flows.set_index("link_id")["pce_vph"]
        for use in (use for use in USES if use in known):
            table = river_capacity(run.network, use=use, pce_vph=flow if use == USES[0] else None)
            table.insert(0, "option_id", part.option_id)
            table.insert(1, "use", use)
            pieces.append(table)
    return pd.concat(pieces, ignore_index=True)


def cuts(case: Case, parts: Sequence[OptionStates]) -> pd.DataFrame:
    """Most traffic between the banks and from each cluster to the centres, and what limits it."""
    clusters = case.network.clusters.set_index("cluster_id")
    zones = case.network.zones
    own = clusters.index[clusters["kind"] == "cluster"]
    starts = {each: zones.loc[zones["super_zone"] == each, "zone_id"].tolist() for each in own}
    starts = {each: found or [clusters.loc[each, "zone_id"]] for each, found in starts.items()}
    ends = {each: [clusters.loc[each, "zone_id"]] for each in centres(case)}
    pieces = []
    for part in parts:
        network = part.open_.run.network
        table = pd.concat(
            [_bank_rows(network), place_flows(network, starts, ends)], ignore_index=True
        )
        table.insert(0, "option_id", part.option_id)
        pieces.append(table)
    return pd.concat(pieces, ignore_index=True)


def _bank_rows(network: Network) -> pd.DataFrame:
    """Rows of ``cuts`` for everybody on one bank to the other."""
    bank = banks(network)
    people = network.zones.set_index("zone_id")["population"]
    persons = persons_per_pce(network, "car")
    rows = []
    for direction, found in bank_flow(network).items():
        end = direction.removeprefix("to_")
        start = "north" if end == "south" else "south"
        count = float(people.reindex(zones_of(network, bank, start)).sum())
        rows.append(flow_row(network, (start, end), found, count, persons))
    return pd.DataFrame(rows)


def redundancy(parts: Sequence[OptionStates]) -> pd.DataFrame:
    """How many crossings may fail before the peak's busier direction does not fit."""
    pieces = []
    for part in parts:
        network = part.open_.run.network
        flow = part.open_.run.flows.set_index("link_id")["pce_vph"]
        by_way = river_capacity(network, pce_vph=flow).groupby("direction")["flow_pceph"].sum()
        way = str(by_way.idxmax())
        most = FAILURES[part.option_id == NONE]
        table = failures(network, float(by_way[way]), direction=way, most=most)
        table.insert(0, "option_id", part.option_id)
        table.insert(1, "direction", way)
        pieces.append(table)
    return pd.concat(pieces, ignore_index=True)
