"""Draw city.osm and areas.geojson: an invented town on two banks, for docs/own_city.md.

python docs/examples/own_city/make_city.py
"""

import json
from pathlib import Path
from xml.sax.saxutils import quoteattr

HERE = Path(__file__).parent
LONGITUDES = [round(109.94 + 0.015 * column, 4) for column in range(7)]  # some 1.4 km apart
SOUTH, NORTH = [34.955, 34.967, 34.979], [35.011, 35.023, 35.035]
BANKS = 34.989, 35.001
STREETS = {  # by row, south to north: name, name in Chinese, class, lanes of both directions
    34.955: ("Station Road", "车站路", "secondary", 4),
    34.967: ("Market Street", "市场街", "tertiary", 2),
    34.979: ("South Avenue", "南岸大道", "primary", 6),
    35.011: ("North Avenue", "北岸大道", "primary", 6),
    35.023: ("Mill Road", "磨坊路", "tertiary", 2),
    35.035: ("Ring Road North", "北环路", "secondary", 4),
}
CROSS = [("First", "一"), ("Second", "二"), ("Third", "三"), ("Fourth", "四")]
CROSS += [("Fifth", "五"), ("Sixth", "六"), ("Seventh", "七")]
BRIDGES = {
    1: ("West Bridge", "西桥", "secondary", 4),
    5: ("East Bridge", "东桥", "primary", 4),
}
AREAS = (  # name, name in Chinese, cluster, columns, bank, population, jobs
    ("Old Town", "老城", "K1", (0, 2), SOUTH, 80_000, 60_000),
    ("Market", "市场", "K1", (3, 4), SOUTH, 65_000, 50_000),
    ("Station", "车站", "K2", (5, 6), SOUTH, 55_000, 30_000),
    ("Mill", "磨坊", "K3", (0, 2), NORTH, 50_000, 10_000),
    ("New Town", "新城", "K4", (3, 4), NORTH, 50_000, 20_000),
    ("Park", "产业园", "K4", (5, 6), NORTH, 20_000, 15_000),
)


def number(column: int, latitude: float) -> int:
    """Id of the node there."""
    return round((latitude - 34) * 1000) * 10 + column


def place(column: int, latitude: float) -> tuple[float, float]:
    """Longitude and latitude of the node there: no town is as straight as its map."""
    bend = (7 * column + round(latitude * 1000)) % 5 - 2
    return round(LONGITUDES[column] + bend * 0.0008, 4), latitude


def way(way_id: int, nodes: list[int], **tags: object) -> str:
    """One way of the file."""
    lines = [f' <way id="{way_id}">', *(f'  <nd ref="{node}"/>' for node in nodes)]
    lines += [f"  <tag k={quoteattr(k)} v={quoteattr(str(v))}/>" for k, v in tags.items()]
    return "\n".join([*lines, " </way>"])


def street(way_id: int, nodes: list[int], facts: tuple[str, str, str, int], **more: str) -> str:
    """One street of the file."""
    name, name_zh, highway, lanes = facts
    names = {"name": name_zh, "name:en": name, "name:zh": name_zh}
    return way(way_id, nodes, highway=highway, lanes=lanes, **names, **more)


def city() -> str:
    """The text of city.osm."""
    columns = range(len(LONGITUDES))
    rows = [*SOUTH, *BANKS, *NORTH]
    nodes = [
        f' <node id="{number(k, at)}" lat="{place(k, at)[1]}" lon="{place(k, at)[0]}"/>'
        for at in rows
        for k in columns
        if at not in BANKS or k in BRIDGES
    ]
    nodes += [
        f' <node id="{1 + i}" lat="34.995" lon="{lon}"/>' for i, lon in enumerate((109.9, 110.1))
    ]
    ways = [
        street(100 + i, [number(k, at) for k in columns], facts)
        for i, (at, facts) in enumerate(STREETS.items())
    ]
    for k, (name, name_zh) in enumerate(CROSS):
        facts = (f"{name} Street", f"{name_zh}马路", "tertiary", 2)
        if k in BRIDGES:
            facts = (*facts[:2], *BRIDGES[k][2:])
        for i, bank in enumerate(([*SOUTH, BANKS[0]], [BANKS[1], *NORTH])):
            places = [at for at in bank if at not in BANKS or k in BRIDGES]
            ways.append(street(200 + 10 * i + k, [number(k, at) for at in places], facts))
        if k in BRIDGES:
            ends = [number(k, at) for at in BANKS]
            ways.append(street(300 + k, ends, BRIDGES[k], bridge="yes", layer="1"))
    ways.append(way(400, [1, 2], waterway="river", name="大河", **{"name:en": "Great River"}))
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="make_city.py">'
    return "\n".join([head, '<meta osm_base="2026-10-01T00:00:00Z"/>', *nodes, *ways, "</osm>\n"])


def areas() -> str:
    """The text of areas.geojson."""
    features = []
    for zone, (name, name_zh, cluster, (first, last), bank, people, jobs) in enumerate(AREAS, 1):
        west, east = LONGITUDES[first] - 0.006, LONGITUDES[last] + 0.006
        south, north = bank[0] - 0.006, bank[-1] + 0.006
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        ring = [[round(x, 4), round(y, 4)] for x, y in ring]
        facts = {"zone_id": zone, "name": name, "name_zh": name_zh, "super_zone": cluster}
        facts |= {"population": people, "jobs": jobs}
        area = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": facts, "geometry": area})
    rows = ",\n".join(json.dumps(each, ensure_ascii=False) for each in features)
    return f'{{"type": "FeatureCollection", "features": [\n{rows}\n]}}\n'


if __name__ == "__main__":
    (HERE / "city.osm").write_text(city(), encoding="utf-8")
    (HERE / "areas.geojson").write_text(areas(), encoding="utf-8")
