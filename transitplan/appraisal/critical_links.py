"""Sections of the whole network whose loss costs most, each shut and solved anew."""

import numpy as np
import pandas as pd

from transitplan.appraisal.closure_hours import OpenHour, closed_hour, hour_loss, solve_network
from transitplan.flow import screened_sections
from transitplan.graph.road import compile_road
from transitplan.model.edits import close_links
from transitplan.scenario.case import Case
from transitplan.scenario.run import DEFAULT_GAP, solve_variant

EXTRA = ["loss_cny_per_h", "noise_cny_per_h", "unreachable_vph"]


def critical_links(case: Case, base: OpenHour, most: int = 20) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shut the sections with the largest flow × detour one by one, and rank them by what is lost.

    The screening follows ``flow.screened_sections``; only its first ``most`` sections with a way
    round are solved, so that one below them could in principle cost more than the last one listed.
    Sections without a way round, such as the roads out of the study area, are not solved: what
    they carry has no other way.

    Returns
    -------
    tuple
        Solved sections: rank, link_ids (by comma), name, name_zh, crossing_id, facility_type,
        flow_vph, detour_min, score_h, loss_cny_per_h, noise_cny_per_h, unreachable_vph (trips of
        classes that may not go round). Then sections without a way round: link_ids, name, name_zh,
        crossing_id, facility_type, unreachable_vph.
    """
    run = base.run
    roads = compile_road(run.network)
    flow, time_s = (run.flows[name].to_numpy() for name in ("flow_vph", "time_s"))
    every = screened_sections(roads, flow, time_s)
    round_ = np.isfinite(every["detour_min"])
    only = every[~round_].drop(columns=["detour_min", "score_h"])
    only = _named(only.rename(columns={"flow_vph": "unreachable_vph"}))
    table = every[round_].head(most)
    gap = max(run.relative_gap, DEFAULT_GAP)
    start = solve_variant(case, run.variant, gap)[1] if len(table) else None
    losses = []
    for links in table["link_ids"]:
        shut = close_links(run.network, links, reason="shut to see what it costs")
        found, _ = solve_network(case, run.variant.year, shut, gap=gap, start=start)
        loss = hour_loss(base, closed_hour(case, found))
        losses.append((loss.cny_per_h, loss.noise_cny_per_h, loss.unreachable_vph))
    solved = pd.DataFrame(losses, columns=EXTRA, index=table.index, dtype=float)
    table = _named(table.join(solved)).sort_values(
        "loss_cny_per_h", ascending=False, kind="stable", ignore_index=True
    )
    table.insert(0, "rank", table.index + 1)
    return table, only


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """Write the links of each section as text."""
    ids = [",".join(str(link) for link in links) for links in table["link_ids"]]
    return table.assign(link_ids=ids).reset_index(drop=True)
