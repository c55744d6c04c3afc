"""Sections of the whole network whose loss costs most, each shut and solved anew."""

from dataclasses import replace

import numpy as np
import pandas as pd

from transitplan.appraisal.closure_hours import OpenHour, closed_hour, hour_loss
from transitplan.flow import screened_sections
from transitplan.graph.road import compile_road
from transitplan.scenario.run import Runner

EXTRA = ["loss_cny_per_h", "noise_cny_per_h", "unreachable_vph"]


def critical_links(
    runner: Runner, base: OpenHour, most: int = 20
) -> tuple[pd.DataFrame, pd.DataFrame]:
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
    variants = [replace(run.variant, shut_links=tuple(links)) for links in table["link_ids"]]
    hours = runner.take(variants, closed_hour)
    lost = [hour_loss(base, hours[variant]) for variant in variants]
    losses = [(each.cny_per_h, each.noise_cny_per_h, each.unreachable_vph) for each in lost]
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
