"""What each class spends at an equilibrium: least costs of pairs, and totals over links."""

import pandas as pd

from transitplan.assignment import Assignment
from transitplan.paths import skim


def least_costs(found: Assignment) -> dict[str, pd.DataFrame]:
    """Least generalised cost between all zones by class [s]."""
    costs = {
        each.name: skim(found.roads, ["cost_s"], times_s=found.time_s, user_class=each, threads=1)
        for each in found.classes
    }
    return {name: each["cost_s"] for name, each in costs.items()}


def class_totals(found: Assignment) -> pd.DataFrame:
    """Vehicle-seconds, vehicle-metres, tolls and generalised cost of each class in one hour."""
    roads = found.roads
    length_m = roads.in_rows(roads.length_m)
    rows = []
    for each, flow in zip(found.classes, found.class_flow_vph, strict=True):
        toll = roads.in_rows(roads.toll_cny(each.payer))
        taken_s = found.time_s + roads.in_rows(roads.slower_s(each.use))
        time, distance = flow @ taken_s, flow @ length_m
        cost = time + flow @ each.money_s(toll, length_m)
        rows.append((each.name, time, distance, flow @ toll if each.pays_tolls else 0.0, cost))
    return pd.DataFrame(rows, columns=["class_name", "time_s", "distance_m", "toll_cny", "cost_s"])
