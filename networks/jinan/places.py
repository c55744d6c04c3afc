"""A synthetic layer of shops, primary schools and clinics in the clusters, clearly marked so.

Nobody has published where they are. Each zone of a cluster gets as many of a kind as its people
call for, spread evenly over the cells in which its people are put. They show the method and stand
to be replaced by a list of real ones.
"""

import csv
from pathlib import Path

import numpy as np
import pyproj

import transitplan as tp
from transitplan.access.people import people_points

RESIDENTS = {"shop": 3_000, "primary_school": 12_000, "clinic": 15_000}  # for one; planning values
CHINESE = {"shop": "商店", "primary_school": "小学", "clinic": "社区卫生站"}
COLUMNS = ("kind", "name", "name_zh", "lon", "lat", "source", "status")
SOURCE = "synthetic: spread evenly over the assumed cells of residents"


def write_places(folder: Path) -> None:
    """Write ``places.csv`` for the network in ``folder/2025``."""
    network = tp.read_network(folder / "2025")
    names = network.zones.set_index("zone_id")[["name", "name_zh"]]
    back = pyproj.Transformer.from_crs(network.crs, "EPSG:4326", always_xy=True)
    cells = people_points(network)
    cells = cells[cells["super_zone"].fillna("") != ""]
    rows = []
    for zone, own in cells.groupby("zone_id", sort=True):
        for kind, residents in RESIDENTS.items():
            wanted = max(1, round(own["people"].sum() / residents))
            spread = np.arange(wanted) * len(own) // wanted + len(own) // (2 * wanted)
            for number, cell in enumerate(own.iloc[spread].itertuples(), start=1):
                lon, lat = back.transform(cell.x_m, cell.y_m)
                name, name_zh = names.loc[zone]
                title = f"{name}, {kind.replace('_', ' ')} {number} (synthetic)"
                title_zh = f"{name_zh}{CHINESE[kind]}{number}（虚拟）"
                rows.append((kind, title, title_zh, f"{lon:.5f}", f"{lat:.5f}", SOURCE, "assumed"))
    with (folder / "places.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(rows)
