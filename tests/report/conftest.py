"""A small made-up assessment: two sites, both forms, three years, seeded numbers."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, Polygon, mapping

from transitplan.model.network import Network, build_network
from transitplan.report.assessment import Assessment
from transitplan.scenario.case import Case, Form, Site, Year

YEARS = (2025, 2030, 2035)
SITES = {
    "huanggang": ("Huanggang Road", "黄岗路", 2, 6),
    "hangtian": ("Hangtian Avenue", "航天大道", 4, 8),
}
OPTIONS = [f"{site}-{form}" for site in SITES for form in ("bridge", "tunnel")]
PLACES = [  # id, kind, name, name_zh, lon, lat
    ("C1", "cluster", "Urban sub-centre", "城市副中心", 117.005, 36.785),
    ("C2", "cluster", "Cuizhai", "崔寨", 117.090, 36.835),
    ("C3", "cluster", "Sangzidian", "桑梓店", 116.910, 36.785),
    ("C4", "cluster", "Sungeng-Taiping", "孙耿太平", 116.965, 36.915),
    ("C5", "cluster", "Airport cluster", "临空产业区", 117.190, 36.815),
    ("N01", "hub", "Old city (Quancheng Square)", "老城（泉城广场）", 117.016, 36.6615),
    ("N04", "hub", "Jinan East railway station", "济南东站", 117.129, 36.749),
    ("N07", "hub", "Yaoqiang International Airport", "遥墙国际机场", 117.2158, 36.8572),
]
CORNERS = [  # node, lon, lat: 1–4 on the south bank, 5–8 on the north bank
    (1, 116.90, 36.705), (2, 116.985, 36.715), (3, 117.05, 36.735), (4, 117.15, 36.785),
    (5, 116.89, 36.760), (6, 116.98, 36.760), (7, 117.04, 36.785), (8, 117.12, 36.845),
]  # fmt: skip
ROADS = [  # from, to, class, crossing, name, name_zh
    (1, 2, "urban_expressway", "", "North Ring", "北绕城"),
    (2, 3, "arterial", "", "Beiyuan Street", "北园大街"),
    (3, 4, "trunk", "", "Industry Road", "工业北路"),
    (5, 6, "trunk", "", "G308", "国道308"),
    (6, 7, "arterial", "", "Yellow River Avenue", "黄河大道"),
    (7, 8, "collector", "", "Cuizhai Street", "崔寨大街"),
    (1, 5, "expressway", "x_west", "Jianbang Bridge", "建邦黄河大桥"),
    (3, 7, "trunk", "x_mid", "Jiluo Road tunnel", "济泺路隧道"),
    (4, 8, "expressway", "x_east", "G20 Bridge", "济南黄河三桥"),
]
CONNECTORS = [(11, 6), (12, 8), (13, 5), (14, 6), (15, 4), (16, 2), (17, 3), (18, 4)]


def _projected(lon, lat):
    points = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs="EPSG:4326").to_crs("EPSG:32650")
    return points.x.to_numpy(), points.y.to_numpy()


def _road(link_id, start, end, kind, crossing, name, name_zh, length):
    return {
        "link_id": link_id,
        "name": name,
        "name_zh": name_zh,
        "from_node_id": start,
        "to_node_id": end,
        "length_m": length,
        "facility_type": kind,
        "lane_capacity_pceph": 1500.0,
        "free_speed_kph": 60.0,
        "lanes": 2.0,
        "structure": "bridge" if crossing else "surface",
        "crossing_id": crossing,
        "source": "made up",
        "confidence": "assumed",
    }


def _network(option_id: str) -> Network:
    corners = pd.DataFrame(CORNERS, columns=["node_id", "lon", "lat"]).assign(node_type="junction")
    centroids = pd.DataFrame(
        {
            "node_id": range(11, 19),
            "lon": [place[4] for place in PLACES],
            "lat": [place[5] for place in PLACES],
            "node_type": "centroid",
            "zone_id": range(1, 9),
        }
    )
    nodes = pd.concat([corners, centroids], ignore_index=True)
    nodes["x_m"], nodes["y_m"] = _projected(nodes["lon"], nodes["lat"])
    at = nodes.set_index("node_id")[["x_m", "y_m"]]
    roads = list(ROADS)
    if option_id != "none":
        site, form = option_id.split("-")
        name, name_zh, south, north = SITES[site]
        roads.append((south, north, "arterial", f"x_{site}", f"{name} {form}", name_zh))
    roads += [(a, b, "connector", "", "", "") for a, b in CONNECTORS]
    links, link_id = [], 1
    for start, end, *rest in roads:
        length = float(np.hypot(*(at.loc[start] - at.loc[end])))
        number = 900 + 10 * list(SITES).index(option_id.split("-", maxsplit=1)[0]) if (
            option_id != "none" and rest[1] == f"x_{option_id.split('-', maxsplit=1)[0]}"
        ) else link_id  # fmt: skip
        links.append(_road(number, start, end, *rest, length))
        links.append(_road(number + 1, end, start, *rest, length))
        link_id += 2 if number == link_id else 0
    zones = pd.DataFrame(
        {
            "zone_id": range(1, 9),
            "name": [place[2] for place in PLACES],
            "name_zh": [place[3] for place in PLACES],
            "super_zone": [place[0] if place[1] == "cluster" else "" for place in PLACES],
            "population": [120e3, 80e3, 95e3, 60e3, 70e3, 900e3, 150e3, 5e3],
            "jobs": [60e3, 70e3, 50e3, 20e3, 65e3, 700e3, 80e3, 30e3],
        }
    )
    crossings = pd.DataFrame(
        {
            "crossing_id": ["x_west", "x_mid", "x_east", "x_huanggang"],
            "name": ["Jianbang Bridge", "Jiluo Road tunnel", "G20 Bridge", "Huanggang Road"],
            "name_zh": ["建邦黄河大桥", "济泺路隧道", "济南黄河三桥", "黄岗路"],
            "form": ["bridge", "tunnel", "bridge", "tunnel"],
            "status": ["open", "open", "open", "planned"],
            "open_year": [2010, 2021, 2008, 2027],
            "lon_south": [116.90, 117.05, 117.15, 116.985],
            "lat_south": [36.705, 36.735, 36.785, 36.715],
            "lon_north": [116.89, 117.04, 117.12, 116.98],
            "lat_north": [36.760, 36.785, 36.845, 36.760],
            "river_km": [70.0, 80.0, 92.0, 76.0],
            "length_m": [5278, 4760, 4473, 4930],
            "lanes": [6, 6, 6, 6],
            "free_speed_kph": [80, 60, 120, 60],
            "toll_rule": ["cars 10 CNY", "free", "expressway toll", "free"],
            "banned_uses": ["", "truck", "", "truck"],
            "observed_daily_vehicles_low": [40000, 50000, 30000, np.nan],
            "observed_daily_vehicles_high": [45000, 60000, 42000, np.nan],
            "observed_year": ["2023", "2023", "2022", ""],
            "source": ["city paper 2023", "transport bureau", "toll data", "plan"],
            "confidence": ["medium", "high", "low", "medium"],
        }
    )
    clusters = pd.DataFrame(
        [
            (a, b, c, d, lon, lat, index)
            for index, (a, b, c, d, lon, lat) in enumerate(PLACES, start=1)
        ],
        columns=["cluster_id", "kind", "name", "name_zh", "lon", "lat", "zone_id"],
    )
    return build_network(
        {
            "node": nodes.drop(columns=["lon", "lat"]),
            "link": pd.DataFrame(links),
            "zone": zones,
            "crossing": crossings,
            "cluster": clusters,
        },
        name=f"two banks, {option_id}",
        crs="EPSG:32650",
    )


def _feature(kind, name, name_zh, shape):
    properties = {"kind": kind, "name": name, "name_zh": name_zh}
    return {"type": "Feature", "properties": properties, "geometry": mapping(shape)}


def _ground():
    south = [(116.80, 36.70), (116.90, 36.725), (117.0, 36.735), (117.06, 36.755), (117.15, 36.81),
             (117.30, 36.87)]  # fmt: skip
    north = [(x, y + 0.006) for x, y in reversed(south)]
    area = [(116.85, 36.75), (117.0, 36.74), (117.25, 36.80), (117.2, 36.9), (117.0, 36.97),
            (116.85, 36.9)]  # fmt: skip
    old = [(116.85, 36.60), (117.2, 36.60), (117.2, 36.74), (116.85, 36.70)]
    return {
        "type": "FeatureCollection",
        "features": [
            _feature("river", "Yellow River", "黄河", Polygon([*south, *north])),
            _feature("start_up_area", "Start-up Area", "起步区", Polygon(area)),
            _feature("district", "Old city", "老城区", Polygon(old)),
            _feature("town_label", "Jiyang", "济阳", Point(117.169, 36.975)),
            _feature("town_label", "Qihe", "齐河", Point(116.80, 36.80)),
        ],
    }


def _form(form, cost):
    tunnel = form == "tunnel"
    return Form(
        form=form,
        length_m=4930 if tunnel else 5400,
        lanes=3,
        free_speed_kph=60 if tunnel else 80,
        lane_capacity_pceph=1600,
        allowed_uses="car,bus" if tunnel else "all",
        capital_cost_cny=cost,
        capital_low_cny=cost * 0.85,
        capital_high_cny=cost * 1.5,
        upkeep_cny_per_year=6e7 if tunnel else 1.5e7,
        build_years=4,
        open_year=2030,
        availability=0.999 if tunnel else 0.985,
        embodied_co2_t=300e3 if tunnel else 160e3,
        operation_co2_t_per_year=9e3 if tunnel else 4e2,
        source="made up",
        confidence="assumed",
    )


def _case() -> Case:
    parameters = pd.DataFrame(
        [
            ("value_of_time_car", "Value of time, car", "小客车时间价值", 41.0, "CNY/h", 25, 60,
             "wage of 2024 x 0.6", "derived"),
            ("discount_rate", "Discount rate", "社会折现率", 0.06, "1/year", 0.04, 0.08,
             "NDRC and MoHURD 2006; http://example.org/a/long/address/that/does/not/break.html",
             "sourced"),
            ("growth_after_horizon", "Traffic growth after the last year", "末年后交通增长率",
             0.015, "1/year", 0.0, 0.03, "no source", "assumed"),
            ("tunnel_cost_factor", "Tunnel cost, factor", "隧道造价系数", 1.0, "-", 0.85, 1.9,
             "Jiluo Road grew 1.9 times", "derived"),
        ],
        columns=["parameter_id", "name", "name_zh", "value", "unit", "low", "high", "source",
                 "status"],
    )  # fmt: skip
    network = _network("none")
    sites = tuple(
        Site(
            site_id=site,
            name=f"{name} crossing",
            name_zh=f"{name_zh}过河通道",
            crossing_id=f"x_{site}",
            river_km=76.0 if site == "huanggang" else 90.0,
            from_node_id=south,
            to_node_id=north,
            forms=(_form("bridge", 3.9e9), _form("tunnel", 6.6e9)),
        )
        for site, (name, name_zh, south, north) in SITES.items()
    )
    return Case(
        folder=Path("networks/two_banks"),
        name="Jinan Start-up Area (made-up numbers)",
        name_zh="济南起步区（虚构数据）",
        base_year=2025,
        growth=pd.DataFrame(),
        committed={},
        network=network,
        years={year: Year(demand=f"{year}.omx") for year in YEARS},
        sites=sites,
        parameters=parameters,
        counts=pd.DataFrame(),
        drives=pd.DataFrame(),
        ground=_ground(),
        isochrones_from="C1",
    )


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
                            gain, "C1–N01", built * rng.uniform(3, 9), "C3–N04",
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


def build_assessment() -> Assessment:
    rng = np.random.default_rng(7)
    networks = {(o, y): _network(o) for o in ["none", *OPTIONS] for y in YEARS}
    options, benefits, by_cluster, cash = _money(rng)
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
    flows = _flows(networks, rng)
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
    iso = [
        ("C1", minutes, Point(117.005, 36.785).buffer(minutes / 220, 12), minutes * 21e3)
        for minutes in (15, 30, 45, 60)
    ]
    return Assessment(
        case=_case(),
        networks=networks,
        access=_access(rng),
        reach=pd.DataFrame(
            [
                (o, y, c[0], m, m * 2.1e4 * (1 + 0.05 * (o != "none")) + y, m * 1.1e4)
                for o in ["none", *OPTIONS]
                for y in YEARS
                for c in PLACES[:5]
                for m in (15, 30, 45, 60)
            ],
            columns=["option_id", "year", "cluster_id", "within_min", "population", "jobs"],
        ),
        options=pd.DataFrame(
            options,
            columns=["option_id", "site_id", "form", "year", "daily_vehicles", "daily_trucks",
                     "user_benefit_cny", "best_pair", "best_pair_saving_min", "worst_pair",
                     "worst_pair_saving_min"],
        ),
        appraisal=pd.DataFrame(
            appraisal,
            columns=["option_id", "site_id", "form", "open_year", "length_m", "capital_cost_cny",
                     "capital_cost_p80_cny", "pv_benefits_cny", "pv_costs_cny", "npv_cny",
                     "npv_p05_cny", "npv_p95_cny", "bcr", "probability_best",
                     "closed_hours_per_year", "banned_uses", "embodied_co2_t",
                     "operation_co2_t_per_year"],
        ),
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
        switching=pd.DataFrame(
            switching,
            columns=["site_id", "parameter_id", "name", "name_zh", "unit", "today", "switches_at",
                     "winner_today", "winner_then"],
        ),
        flows=flows,
        screenline=pd.DataFrame(
            screenline,
            columns=["option_id", "year", "crossing_id", "name", "name_zh", "flow_vph",
                     "daily_vehicles", "volume_capacity_ratio"],
        ),
        counts=pd.DataFrame(
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
        ),
        drives=pd.DataFrame(
            [("Old city", "Airport", 38.0, 40.2, 60.0, 55.4, "map service, 2024")],
            columns=["origin", "destination", "expected_free_min", "free_min", "expected_peak_min",
                     "peak_min", "basis"],
        ),
        convergence=pd.DataFrame(
            [
                (o, y, 3.2e-7, 41, 182e3, 171e3, 11e3, 0.0, 4.1e4)
                for o in ["none", *OPTIONS]
                for y in YEARS
            ],
            columns=["option_id", "year", "relative_gap", "iterations", "demand_vph",
                     "assigned_vph", "intrazonal_vph", "unreachable_vph", "gap_value_cny"],
        ),
        isochrones=pd.DataFrame(
            iso, columns=["cluster_id", "within_min", "geometry", "population"]
        ),
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
