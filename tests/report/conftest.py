"""A small made-up assessment: two sites, both forms, three years, seeded numbers."""

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from tests.report.two_banks import OPTIONS, PLACES, SITES, YEARS, case, network_of
from transitplan.report.assessment import Assessment
from transitplan.report.folder import write_folder


def _flows(networks, rng):
    base = {}
    frames = []
    for (option_id, year), network in networks.items():
        links = network.links
        flow = []
        for row in links.itertuples():
            pair = (row.from_node_id, row.to_node_id)
            usual = base.setdefault(pair, rng.uniform(400, 3200))
            relief = 1.0 if option_id == "none" else rng.uniform(0.7, 1.1)
            flow.append(usual * relief * (1 + 0.03 * (year - 2025)))
        flow = np.array(flow)
        time = links["length_m"].to_numpy() / 16.7
        ratio = flow / 3000
        frames.append(
            pd.DataFrame(
                {
                    "option_id": option_id,
                    "year": year,
                    "link_id": links["link_id"],
                    "flow_vph": flow,
                    "pce_vph": flow * 1.1,
                    "time_s": time * (1 + 0.15 * ratio**4),
                    "delay_s": time * 0.15 * ratio**4,
                    "volume_capacity_ratio": ratio,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _access(rng):
    rows = []
    ids = [place[0] for place in PLACES]
    at = {place[0]: np.array(place[4:6]) for place in PLACES}
    for option_id in ["none", *OPTIONS]:
        for year in YEARS:
            for origin in ids:
                for destination in ids:
                    gap = float(np.hypot(*(at[origin] - at[destination]) * [89, 111]))
                    free = 3 + gap * 1.2 if gap else 0.0
                    saved = 0.0 if option_id == "none" else rng.uniform(-0.02, 0.15)
                    rows.append(
                        (option_id, year, origin, destination, free * (1 - saved / 2),
                         free * (1 - saved) * (1.35 + 0.01 * (year - 2025)), gap * 1.3)
                    )  # fmt: skip
    names = ["option_id", "year", "origin_id", "destination_id", "free_min", "peak_min",
             "distance_km"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)


def _money(rng):
    options, benefits, by_cluster, cash = [], [], [], []
    for option_id in ["none", *OPTIONS]:
        site, _, form = option_id.partition("-")
        site = "" if option_id == "none" else site
        for year in YEARS:
            built = float(option_id != "none")
            daily = built * rng.uniform(25e3, 60e3)
            gain = built * rng.uniform(2e8, 6e8)
            options.append((option_id, site, form or "none", year, daily, daily * 0.1 * built,
                            gain, built * 4.6e6, "C1–N01", built * rng.uniform(3, 9), "C3–N04",
                            built * rng.uniform(-2, 0)))  # fmt: skip
            if not built:
                continue
            for name, share in (("car", 0.8), ("truck", 0.15), ("bus", 0.05)):
                time, cost, toll = share * gain * 0.9, share * gain * 0.15, -share * gain * 0.05
                benefits.append((option_id, year, name, time, cost, toll, time + cost + toll))
            shares = rng.dirichlet(np.ones(8) * 2) * 1.1 - 0.0125
            by_cluster += [
                (option_id, year, place[0], gain * share)
                for place, share in zip(PLACES, shares, strict=True)
            ]
        if option_id != "none":
            cost = 3.9e9 if form == "bridge" else 6.6e9
            cash += [
                (option_id, year, cost / 4 if year < 2030 else 4e7,
                 0.0 if year < 2030 else gain * 1.015 ** (year - 2035), 1.06 ** (2026 - year))
                for year in range(2026, 2056)
            ]  # fmt: skip
    return options, benefits, by_cluster, cash


def _draws(rng):
    shared = rng.normal(0, 0.9e9, 5000)
    draws = pd.DataFrame(
        {
            o: mean + shared + rng.normal(0, spread, 5000)
            for o, mean, spread in zip(
                OPTIONS, (1.25e9, 0.3e9, 0.6e9, -1.4e9), (5e8, 9e8, 5e8, 9e8), strict=True
            )
        }
    )
    draws.insert(0, "none", 0.0)
    return draws


def _appraisal(draws):
    appraisal = [
        ("none", site, "none", *[np.nan] * 2, 0.0, *[np.nan] * 3, 0.0, 0.0, 0.0, np.nan,
         float((draws.filter(like=site).max(axis=1) < 0).mean()), np.nan, "", *[np.nan] * 2)
        for site in SITES
    ]  # fmt: skip
    for option_id in OPTIONS:
        site, form = option_id.split("-")
        cost = 3.9e9 if form == "bridge" else 6.6e9
        npv = float(draws[option_id].mean())
        low, high = np.quantile(draws[option_id], [0.05, 0.95])
        own = draws[["none", *draws.filter(like=site).columns]]
        best = float((own.idxmax(axis=1) == option_id).mean())
        appraisal.append(
            (option_id, site, form, 2030, 5400.0 if form == "bridge" else 4930.0, cost, cost * 1.2,
             cost * 0.9 + npv, cost * 0.9, npv, low, high, 1 + npv / (cost * 0.9), best,
             131.0 if form == "bridge" else 9.0, "" if form == "bridge" else "truck",
             160e3 if form == "bridge" else 300e3, 400.0 if form == "bridge" else 9000.0)
        )  # fmt: skip
    return pd.DataFrame(
        appraisal,
        columns=["option_id", "site_id", "form", "open_year", "length_m", "capital_cost_cny",
                 "capital_cost_p80_cny", "pv_benefits_cny", "pv_costs_cny", "npv_cny",
                 "npv_p05_cny", "npv_p95_cny", "bcr", "probability_best",
                 "closed_hours_per_year", "banned_uses", "embodied_co2_t",
                 "operation_co2_t_per_year"],
    )  # fmt: skip


def _switching():
    switching = [
        (site, *row)
        for site in SITES
        for row in (
            ("tunnel_cost_factor", "Tunnel cost, factor", "隧道造价系数", "-", 1.0, 0.62,
             "bridge", "tunnel"),
            ("value_of_time_car", "Value of time, car", "小客车时间价值", "CNY/h", 41.0, 23.5,
             "bridge", "none"),
            ("discount_rate", "Discount rate", "社会折现率", "1/year", 0.06, 0.091,
             "bridge", "none"),
            ("capital_cost_tunnel", "capital cost of the tunnel", "隧道造价", "CNY", 6.6e9, 4.1e9,
             "bridge", "tunnel"),
        )
    ]  # fmt: skip
    return pd.DataFrame(
        switching,
        columns=["site_id", "parameter_id", "name", "name_zh", "unit", "today", "switches_at",
                 "winner_today", "winner_then"],
    )  # fmt: skip


def _screenline(networks, flows):
    screenline = []
    for (option_id, year), network in networks.items():
        links = network.links.merge(
            flows[(flows["option_id"] == option_id) & (flows["year"] == year)], on="link_id"
        )
        for crossing_id, group in links[links["crossing_id"] != ""].groupby("crossing_id"):
            first = group.iloc[0]
            screenline.append(
                (option_id, year, crossing_id, first["name"], first["name_zh"],
                 group["flow_vph"].sum(), group["flow_vph"].sum() * 11,
                 group["volume_capacity_ratio"].max())
            )  # fmt: skip
    return pd.DataFrame(
        screenline,
        columns=["option_id", "year", "crossing_id", "name", "name_zh", "flow_vph",
                 "daily_vehicles", "volume_capacity_ratio"],
    )  # fmt: skip


def _isochrones():
    iso = [
        ("C1", "car", minutes, Point(117.005, 36.785).buffer(minutes / 220, 12), minutes * 21e3)
        for minutes in (15, 30, 45, 60)
    ]
    return pd.DataFrame(iso, columns=["cluster_id", "mode", "within_min", "geometry", "population"])


def _counts():
    return pd.DataFrame(
        [
            ("x_west", "Jianbang Bridge", "建邦黄河大桥", 40e3, 45e3, 47e3, "2023",
             "city paper", "medium"),
            ("x_mid", "Jiluo Road tunnel", "济泺路隧道", 50e3, 60e3, 52e3, "2023",
             "transport bureau", "high"),
            ("x_east", "G20 Bridge", "济南黄河三桥", 30e3, 42e3, 25e3, "2022", "toll data",
             "low"),
        ],
        columns=["crossing_id", "name", "name_zh", "observed_low", "observed_high", "modelled",
                 "observed_year", "source", "confidence"],
    )  # fmt: skip


def _reach():
    return pd.DataFrame(
        [
            (o, y, c[0], m, m * 2.1e4 * (1 + 0.05 * (o != "none")) + y, m * 1.1e4)
            for o in ["none", *OPTIONS]
            for y in YEARS
            for c in PLACES[:5]
            for m in (15, 30, 45, 60)
        ],
        columns=["option_id", "year", "cluster_id", "within_min", "population", "jobs"],
    )


def _convergence():
    return pd.DataFrame(
        [
            (o, y, 3.2e-7, 41, 182e3, 171e3, 11e3, 0.0, 4.1e4, 2.3e6)
            for o in ["none", *OPTIONS]
            for y in YEARS
        ],
        columns=["option_id", "year", "relative_gap", "iterations", "demand_vph",
                 "assigned_vph", "intrazonal_vph", "unreachable_vph", "gap_value_cny",
                 "cost_error_cny"],
    )  # fmt: skip


def build_assessment() -> Assessment:
    rng = np.random.default_rng(7)
    networks = {(o, y): network_of(o) for o in ["none", *OPTIONS] for y in YEARS}
    options, benefits, by_cluster, cash = _money(rng)
    draws = _draws(rng)
    flows = _flows(networks, rng)
    return Assessment(
        case=case(),
        networks=networks,
        access=_access(rng),
        reach=_reach(),
        options=pd.DataFrame(
            options,
            columns=["option_id", "site_id", "form", "year", "daily_vehicles", "daily_trucks",
                     "user_benefit_cny", "benefit_noise_cny", "best_pair",
                     "best_pair_saving_min", "worst_pair", "worst_pair_saving_min"],
        ),
        appraisal=_appraisal(draws),
        benefits=pd.DataFrame(
            benefits,
            columns=["option_id", "year", "class_name", "time_cny", "operating_cny", "toll_cny",
                     "total_cny"],
        ),
        cluster_benefits=pd.DataFrame(
            by_cluster, columns=["option_id", "year", "cluster_id", "user_benefit_cny"]
        ),
        cash_flow=pd.DataFrame(
            cash, columns=["option_id", "year", "cost_cny", "benefit_cny", "discount_factor"]
        ),
        draws=draws,
        switching=_switching(),
        flows=flows,
        screenline=_screenline(networks, flows),
        counts=_counts(),
        drives=pd.DataFrame(
            [("Old city", "Airport", 38.0, 40.2, 60.0, 55.4, "map service, 2024")],
            columns=["origin", "destination", "expected_free_min", "free_min", "expected_peak_min",
                     "peak_min", "basis"],
        ),
        convergence=_convergence(),
        isochrones=_isochrones(),
        provenance={
            "software": {"transitplan": "0.1.0", "numpy": np.__version__},
            "inputs": {"networks/two_banks/2025": "a" * 16, "od/2025.omx": "b" * 16},
            "parameters": {"gap": 1e-6, "seed": 7},
            "command": "transitplan assess networks/two_banks",
        },
    )  # fmt: skip


@pytest.fixture(scope="session")
def assessment() -> Assessment:
    return build_assessment()


@pytest.fixture(scope="session")
def folder(assessment, tmp_path_factory):
    """The five files of the assessment; no test changes them."""
    folder = tmp_path_factory.mktemp("report")
    write_folder(assessment, folder)
    return folder
