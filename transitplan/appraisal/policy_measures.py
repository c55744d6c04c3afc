"""Measures that requirements of a policy name: from one year's facts to one number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.access.circles import CIRCLES, served
from transitplan.appraisal.money import annual_factor
from transitplan.appraisal.policy_facts import Facts
from transitplan.units import METRES_PER_KM

CLUSTERS = "clusters"
WITHOUT_CLOSURES = "closures were not solved"
LANE_M, VERGE_M = 3.75, 4.0  # land under a road: lanes, and both verges together; JTG B01-2014
TUNNELS = {"tunnel", "road_rail_tunnel"}
ROAD_FORMS = {"bridge", "pontoon", "road_rail_bridge", *TUNNELS}


@dataclass(frozen=True)
class Answer:
    """A number, and where it was found; or None and why there is none."""

    value: float | None
    detail: str = ""
    detail_zh: str = ""


Arguments = Mapping[str, str]


def worst_minutes(facts: Facts, arguments: Arguments) -> Answer:
    """Longest time from any of the origins to any of the destinations, door to door."""
    mode = arguments.get("mode", "car")
    table = facts.minutes(mode)
    if table is None:
        return _without_transit() if mode != "truck" else Answer(None, "no trucks", "无货车")
    return _worst(_between(facts, table, arguments))


def closure_minutes(facts: Facts, arguments: Arguments) -> Answer:
    """Most that one closed crossing adds, either way."""
    if facts.closures is None:
        return Answer(None, WITHOUT_CLOSURES, "未求解封闭情形")
    open_ = facts.hour.minutes["car"]
    ends = _ids(facts, arguments["from"]), _ids(facts, arguments["to"])
    added = {}
    for crossing, table in facts.closures.items():
        for rows, columns in (ends, ends[::-1]):
            before = open_.loc[rows, columns]
            # what had no way before loses nothing
            worst = _worst((table.loc[rows, columns] - before).where(np.isfinite(before), 0.0))
            if worst.value is not None:
                added[crossing, worst.detail] = worst.value
    if not added:
        return Answer(None, "no crossing carries traffic", "没有通车通道")
    (crossing, pair), value = max(added.items(), key=lambda each: each[1])
    return Answer(value, f"{crossing} shut, {pair}", f"{crossing} 封闭，{pair}")


def share_inside(facts: Facts, arguments: Arguments) -> Answer:
    """Trips from the clusters that end in the cluster where they start."""
    trips, home = _trips_from(facts, arguments)
    if trips is None:
        return _without_class(arguments)
    same = home.loc[trips.index].to_numpy()[:, None] == home.loc[trips.columns].to_numpy()
    total = trips.to_numpy().sum()
    return Answer(float(trips.to_numpy()[same].sum() / total)) if total else _nobody()


def share_within(facts: Facts, arguments: Arguments) -> Answer:
    """Trips from the clusters that take no longer than so many minutes."""
    trips, _ = _trips_from(facts, arguments)
    if trips is None:
        return _without_class(arguments)
    times = facts.hour.peak_min.loc[trips.index, trips.columns].to_numpy()
    total = trips.to_numpy().sum()
    near = trips.to_numpy()[times <= float(arguments["minutes"])].sum()
    return Answer(float(near / total)) if total else _nobody()


def road_density(facts: Facts, arguments: Arguments) -> Answer:
    """Length of roads over the area, a carriageway in both directions counted once."""
    del arguments
    if facts.area is None:
        return _without_area()
    roads = _roads_inside(facts)
    area_km2 = facts.area.area / METRES_PER_KM**2
    by_class = roads.groupby("facility_type")["km"].sum().sort_values(ascending=False)
    told = ", ".join(f"{name} {km:.0f} km" for name, km in by_class.items())
    return Answer(float(roads["km"].sum() / area_km2), told, told)


def road_land_share(facts: Facts, arguments: Arguments) -> Answer:
    """Land under roads over the area: lanes and verges, tunnels left out."""
    del arguments
    if facts.area is None:
        return _without_area()
    roads = _roads_inside(facts)
    roads = roads[roads["structure"] != "tunnel"]
    # a direction has half of the verges
    land_m2 = (roads["km"] * 2 * METRES_PER_KM * (roads["lanes"] * LANE_M + VERGE_M / 2)).sum()
    return Answer(float(land_m2 / facts.area.area))


def co2_per_head(facts: Facts, arguments: Arguments) -> Answer:
    """CO2 of all modelled road traffic a year over all residents [t]."""
    del arguments
    residents = facts.network.zones["population"].sum()
    if not residents:
        return _nobody()
    return Answer(float(facts.hour.co2_t * annual_factor(facts.case.values) / residents))


def mode_share(facts: Facts, arguments: Arguments) -> Answer:
    """Trips of a working day that are made by these modes, in the whole modelled area."""
    trips = facts.mode_trips
    if not trips.sum():
        return Answer(None, "no demand model was run for the year", "当年无需求模型结果")
    wanted = arguments["modes"].split()
    strange = [mode for mode in wanted if mode not in trips.index]
    if strange:
        told = ", ".join(strange)
        return Answer(None, f"the demand model has no mode {told}", f"需求模型没有方式 {told}")
    shares = trips[wanted] / trips.sum()
    told = ", ".join(f"{mode} {share:.0%}" for mode, share in shares.items())
    return Answer(float(shares.sum()), told, told)


def life_circle(facts: Facts, arguments: Arguments) -> Answer:
    """Residents who have everything of a life circle on foot."""
    if facts.walk_m is None:
        return Answer(None, "the case names no table of places", "案例未给出设施表")
    circle = [each for each in CIRCLES if each.minutes == int(arguments["minutes"])]
    cells, walk_m = _of_area(facts, arguments)
    table = served(cells, walk_m, circles=circle)
    own = table[table["super_zone"] == ""].set_index("kind")["share"]
    told = ", ".join(f"{kind} {share:.0%}" for kind, share in own.drop("all").items())
    return Answer(float(own["all"]), told, told)


def tunnel_share(facts: Facts, arguments: Arguments) -> Answer:
    """Tunnels among road crossings that are newer than a year, open or being built."""
    rows = _reach(facts, arguments)
    rows = rows[rows["status"].isin(["open", "under_construction"])]
    year = pd.to_numeric(rows["open_year"])
    new = rows[(year > float(arguments["after"])) | (rows["status"] == "under_construction")]
    if new.empty:
        return Answer(None, "no new crossing", "无新建通道")
    tunnels = new.loc[new["form"].isin(TUNNELS), "crossing_id"]
    told = f"{', '.join(tunnels)} of {', '.join(new['crossing_id'])}"
    return Answer(len(tunnels) / len(new), told, told.replace(" of ", "／"))


def crossings_open(facts: Facts, arguments: Arguments) -> Answer:
    """Road crossings of a reach that carry traffic in the year."""
    rows = _open(facts, arguments)
    told = ", ".join(rows["crossing_id"])
    return Answer(float(len(rows)), told, told)


def crossing_spacing(facts: Facts, arguments: Arguments) -> Answer:
    """Length of the reach over its open road crossings."""
    rows = _open(facts, arguments)
    reach_km = float(arguments["km_to"]) - float(arguments["km_from"])
    if rows.empty:
        return Answer(float("inf"), "no crossing", "无通道")
    ends = np.array([float(arguments["km_from"]), *rows["river_km"], float(arguments["km_to"])])
    widest = float(np.diff(ends).max())
    return Answer(
        reach_km / len(rows), f"widest gap {widest:.1f} km", f"最大间距 {widest:.1f} 公里"
    )


def people_near(facts: Facts, arguments: Arguments) -> Answer:
    """Residents within so many metres on foot of a rail station."""
    if facts.network.transit is None:
        return _without_transit()
    cells = _cells(facts, arguments)
    near = facts.station_m[cells.index] <= float(arguments["within_m"])
    return Answer(float(cells["people"][near].sum() / cells["people"].sum()))


def clusters_near(facts: Facts, arguments: Arguments) -> Answer:
    """Clusters of which anybody lives within so many metres on foot of a rail station."""
    if facts.network.transit is None:
        return _without_transit()
    cells = facts.people[facts.station_m <= float(arguments["within_m"])]
    found = [each for each in facts.clusters if (cells["super_zone"] == each).any()]
    return Answer(float(len(found)), ", ".join(found), ", ".join(found))


def rail_km(facts: Facts, arguments: Arguments) -> Answer:
    """Length of rail lines inside the area; two lines on one track count twice."""
    del arguments
    if facts.network.transit is None:
        return _without_transit()
    if facts.area is None:
        return _without_area()
    inside = {name: line.intersection(facts.area).length for name, line in facts.rail.items()}
    told = ", ".join(f"{name} {m / METRES_PER_KM:.1f} km" for name, m in inside.items() if m > 0)
    return Answer(sum(inside.values()) / METRES_PER_KM, told, told)


def rail_crossings(facts: Facts, arguments: Arguments) -> Answer:
    """Rail lines of the feed that cross the river on a reach."""
    if facts.network.transit is None:
        return _without_transit()
    if facts.river is None:
        return Answer(None, "the river is not drawn", "未绘河流")
    found = [name for name, line in facts.rail.items() if _crosses(facts, line, arguments)]
    told = ", ".join(map(str, found))
    return Answer(float(len(found)), told, told)


def worst_transfers(facts: Facts, arguments: Arguments) -> Answer:
    """Most changes between two places, mean over the best strategy by public transport."""
    table = facts.transfers
    return _without_transit() if table is None else _worst(_between(facts, table, arguments))


def _crosses(facts: Facts, line: Any, arguments: Arguments) -> bool:
    """Whether a line meets the river between two of its kilometres."""
    import shapely

    met = shapely.get_parts(shapely.intersection(line, facts.river))
    rows = facts.network.crossings
    ends = rows[["lon_south", "lat_south", "lon_north", "lat_north", "river_km"]].dropna()
    x_m, y_m = facts.network.to_metres(
        ends[["lon_south", "lon_north"]].mean(axis=1).to_numpy(),
        ends[["lat_south", "lat_north"]].mean(axis=1).to_numpy(),
    )
    along_m = facts.river.project(shapely.points(x_m, y_m))
    order = np.argsort(along_m, kind="stable")
    at_m = facts.river.project(np.array([point.centroid for point in met], dtype=object))
    km = np.interp(at_m, along_m[order], ends["river_km"].to_numpy()[order])
    inside = (km >= float(arguments["km_from"])) & (km <= float(arguments["km_to"]))
    return bool(inside.any())


def _worst(table: pd.DataFrame) -> Answer:
    """Largest cell of a table that is not of a place to itself, and its ends."""
    values = table.to_numpy(dtype=float).copy()
    values[table.index.to_numpy()[:, None] == table.columns.to_numpy()] = -np.inf
    if not (values > -np.inf).any():
        return Answer(None, "no pair of two places", "没有两个不同的地点")
    row, column = divmod(int(np.argmax(values)), values.shape[1])
    told = f"{table.index[row]} → {table.columns[column]}"
    return Answer(float(values[row, column]), told, told)


def _between(facts: Facts, table: pd.DataFrame, arguments: Arguments) -> pd.DataFrame:
    return table.loc[_ids(facts, arguments["from"]), _ids(facts, arguments["to"])]


def _ids(facts: Facts, words: str) -> list[str]:
    return facts.clusters if words == CLUSTERS else words.split()


def _trips_from(facts: Facts, arguments: Arguments) -> "tuple[pd.DataFrame | None, pd.Series[Any]]":
    """Trips of a class from the zones of the clusters, and the cluster of each zone."""
    home = facts.network.zones.set_index("zone_id")["super_zone"].fillna("")
    trips = facts.hour.trips.get(arguments["class"])
    if trips is None:
        return None, home
    starts = home.loc[trips.index].isin(_ids(facts, arguments["from"]))
    return trips.loc[starts.to_numpy()], home


def _cells(facts: Facts, arguments: Arguments) -> pd.DataFrame:
    cells = facts.people
    return cells[cells["super_zone"].isin(facts.clusters)] if "area" in arguments else cells


def _of_area(facts: Facts, arguments: Arguments) -> tuple[pd.DataFrame, pd.DataFrame]:
    cells = _cells(facts, arguments)
    walk_m = facts.walk_m
    return cells, pd.DataFrame() if walk_m is None else walk_m.loc[cells.index]


def _roads_inside(facts: Facts) -> pd.DataFrame:
    """Roads inside the area: class, structure, lanes, and km with both directions as one."""
    import shapely

    links = facts.network.links
    roads = (links["facility_type"] != "connector").to_numpy()
    lines = facts.network.link_lines()[roads]
    links = links[roads]
    inside_m = shapely.length(shapely.intersection(lines, facts.area))
    return links[["facility_type", "structure", "lanes"]].assign(km=inside_m / METRES_PER_KM / 2)


def _reach(facts: Facts, arguments: Arguments) -> pd.DataFrame:
    """Road crossings between two kilometres of the river."""
    rows = facts.network.crossings
    rows = rows[rows["form"].isin(ROAD_FORMS)]
    inside = rows["river_km"].between(float(arguments["km_from"]), float(arguments["km_to"]))
    return rows[inside].sort_values("river_km")


def _open(facts: Facts, arguments: Arguments) -> pd.DataFrame:
    """Crossings of a reach that the network of the year has links of."""
    rows = _reach(facts, arguments)
    return rows[rows["crossing_id"].isin(set(facts.network.links["crossing_id"]))]


def _without_transit() -> Answer:
    return Answer(None, "the network has no public transport", "路网没有公共交通")


def _without_class(arguments: Arguments) -> Answer:
    return Answer(
        None, f"the demand has no class {arguments['class']}", f"需求没有 {arguments['class']} 类"
    )


def _without_area() -> Answer:
    return Answer(None, "the case draws no planned area", "案例未绘规划范围")


def _nobody() -> Answer:
    return Answer(None, "nobody lives or travels there", "无居民或出行")


MEASURES: Mapping[str, Callable[[Facts, Arguments], Answer]] = {
    each.__name__: each
    for each in (
        worst_minutes,
        closure_minutes,
        share_inside,
        share_within,
        road_density,
        road_land_share,
        co2_per_head,
        mode_share,
        life_circle,
        tunnel_share,
        crossings_open,
        crossing_spacing,
        people_near,
        clusters_near,
        rail_km,
        rail_crossings,
        worst_transfers,
    )
}
NEEDED: Mapping[str, tuple[str, ...]] = {  # arguments that a measure cannot do without
    "worst_minutes": ("from", "to"),
    "worst_transfers": ("from", "to"),
    "closure_minutes": ("from", "to"),
    "share_inside": ("class", "from"),
    "share_within": ("class", "from", "minutes"),
    "mode_share": ("modes",),
    "life_circle": ("minutes",),
    "people_near": ("within_m",),
    "clusters_near": ("within_m",),
    "tunnel_share": ("km_from", "km_to", "after"),
    "crossings_open": ("km_from", "km_to"),
    "crossing_spacing": ("km_from", "km_to"),
    "rail_crossings": ("km_from", "km_to"),
}
MODES = ("car", "truck", "transit", "best")
CIRCLE_MINUTES = tuple(str(each.minutes) for each in CIRCLES)
