"""A made-up case: two banks of a river, eight places, two sites, three years."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point, Polygon, mapping

from transitplan.model.network import Network, build_network
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


def network_of(option_id: str) -> Network:
    nodes = _nodes()
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
    crossings = _crossings()
    if option_id.startswith("hangtian"):  # a site that the base network has no row for
        new = {"crossing_id": "x_hangtian", "form": form, "status": "planned"}
        crossings = pd.concat([crossings, pd.DataFrame([new])], ignore_index=True)
    return build_network(
        {
            "node": nodes.drop(columns=["lon", "lat"]),
            "link": pd.DataFrame(links),
            "zone": _zones(),
            "crossing": crossings,
            "cluster": _clusters(),
        },
        name=f"two banks, {option_id}",
        crs="EPSG:32650",
    )


def _nodes():
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
    return nodes


def _zones():
    return pd.DataFrame(
        {
            "zone_id": range(1, 9),
            "name": [place[2] for place in PLACES],
            "name_zh": [place[3] for place in PLACES],
            "super_zone": [place[0] if place[1] == "cluster" else "" for place in PLACES],
            "population": [120e3, 80e3, 95e3, 60e3, 70e3, 900e3, 150e3, 5e3],
            "jobs": [60e3, 70e3, 50e3, 20e3, 65e3, 700e3, 80e3, 30e3],
        }
    )


def _crossings():
    return pd.DataFrame(
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


def _clusters():
    return pd.DataFrame(
        [
            (a, b, c, d, lon, lat, index)
            for index, (a, b, c, d, lon, lat) in enumerate(PLACES, start=1)
        ],
        columns=["cluster_id", "kind", "name", "name_zh", "lon", "lat", "zone_id"],
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


def case() -> Case:
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
    base = network_of("none")
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
        network=base,
        years={year: Year(demand=f"{year}.omx") for year in YEARS},
        sites=sites,
        parameters=parameters,
        counts=pd.DataFrame(),
        drives=pd.DataFrame(),
        ground=_ground(),
        isochrones_from="C1",
    )
