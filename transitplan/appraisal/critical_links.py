"""Sections of the whole network whose loss costs most, each shut and solved anew."""

import pandas as pd

from transitplan.appraisal.closure_hours import OpenHour, closed_hour, hour_loss, solve_network
from transitplan.flow import screened_sections
from transitplan.graph.road import compile_road
from transitplan.model.edits import close_links
from transitplan.scenario.case import Case
from transitplan.scenario.run import DEFAULT_GAP, solve_variant

EXTRA = ["loss_cny_per_h", "noise_cny_per_h", "unreachable_vph"]


def critical_links(case: Case, base: OpenHour, most: int = 20) -> pd.DataFrame:
    """Shut the sections with the largest flow × detour one by one, and rank them by what is lost.

    The screening follows ``flow.screened_sections``; only its first ``most`` sections are solved,
    so that a section below them could in principle cost more than the last one listed.

    Returns
    -------
    DataFrame
        rank, link_ids (by comma), name, name_zh, crossing_id, facility_type, flow_vph, detour_min,
        score_h, loss_cny_per_h, noise_cny_per_h, unreachable_vph; sections that cut trips off
        first, then the largest loss.
    """
    run = base.run
    roads = compile_road(run.network)
    flow, time_s = (run.flows[name].to_numpy() for name in ("flow_vph", "time_s"))
    table = screened_sections(roads, flow, time_s).head(most)
    if table.empty:
        return pd.DataFrame(columns=["rank", *table.columns, *EXTRA])
    gap = max(run.relative_gap, DEFAULT_GAP)
    _, start = solve_variant(case, run.variant, gap)
    losses = []
    for links in table["link_ids"]:
        shut = close_links(run.network, links, reason="shut to see what it costs")
        found, _ = solve_network(case, run.variant.year, shut, gap=gap, start=start)
        loss = hour_loss(base, closed_hour(case, found))
        losses.append((loss.cny_per_h, loss.noise_cny_per_h, loss.unreachable_vph))
    table[EXTRA] = losses
    table["link_ids"] = [",".join(str(link) for link in links) for links in table["link_ids"]]
    table = table.sort_values(
        ["unreachable_vph", "loss_cny_per_h"], ascending=False, kind="stable", ignore_index=True
    )
    table.insert(0, "rank", table.index + 1)
    return table
