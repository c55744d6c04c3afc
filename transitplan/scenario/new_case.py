"""A case of one's own to begin with: every file that it needs, filled as far as the network says.

What is not known is written as an assumption that says so; nothing that stands there is replaced.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from transitplan.errors import NotFoundError, ValidationError, likely
from transitplan.io import read_network
from transitplan.io.text import write_whole
from transitplan.model.network import Network
from transitplan.scenario.presets import TRIPS, table_rows
from transitplan.units import METRES_PER_KM

MOST_CLUSTERS = 8
ROADS_LONGER = 1.3  # than the straight line
MEAN_SHARE = 0.6  # of the mean distance between people and jobs, as a first mean trip
BEYOND_M = 3000.0  # of the outermost crossings, that a first guess of the river goes on
DYKES_SHARE = 1 / 6  # of the way between the ends, as a first width between dykes
USUAL_DYKES_M = 930.0  # as the library has it
FILL_IN = "first guess of `transitplan new`: replace"


@dataclass(frozen=True)
class NewCase:
    """What is known of a case before its tables are filled in.

    Attributes
    ----------
    base
        Folder of the network, inside the case.
    ends
        Node on either bank between which a crossing could be built.
    horizon
        The later year that is modelled.
    """

    folder: Path
    base: Path
    base_year: int
    horizon: int
    ends: tuple[int, int]
    name: str
    name_zh: str


def write_new_case(case: NewCase) -> tuple[list[Path], list[Path]]:
    """Write every file of the case that is not there yet.

    Returns
    -------
    written, kept
        Files that were made, and those that stood there already.

    Raises
    ------
    NotFoundError
        If a node is not in the network.
    ValidationError
        If the network has no zones, or the years are in the wrong order.
    """
    network = read_network(case.base)
    _check(case, network)
    places = _places(network)
    files = {
        case.base / "cluster.csv": places.to_csv(index=False, lineterminator="\n"),
        case.folder / "case.toml": _case_file(case, str(places["cluster_id"].iloc[0])),
        case.folder / "parameters.csv": _parameters(network),
        case.folder / "growth.csv": _growth(case),
        case.folder / "ground.geojson": _river(case, network),
        case.folder / "options" / "crossing.toml": _site_file(case, network),
    }
    written, kept = list[Path](), list[Path]()
    for path, text in files.items():
        if path.exists():
            kept.append(path)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        written.append(write_whole(path, partial(_write, text)))
    return written, kept


def _write(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _check(case: NewCase, network: Network) -> None:
    """Refuse years and ends that no case could have."""
    known = set(network.nodes["node_id"].tolist())
    for node in case.ends:
        if node not in known:
            raise NotFoundError(
                f"{case.base}: no node {node}.{likely(node, sorted(known))} Nodes and their ids "
                f"are on the map: `transitplan map {case.base} --theme network`, and in node.csv."
            )
    found = []
    if case.ends[0] == case.ends[1]:
        found.append("--from-node and --to-node are the same. Name one on either bank.")
    if case.horizon < case.base_year + MOST_BUILDING:
        found.append(
            f"--until {case.horizon}: a crossing that is begun in {case.base_year} opens "
            f"{MOST_BUILDING} years later at the earliest. Name a later year."
        )
    if "zone" not in network.table_names or network.zones.empty:
        found.append(f"{case.base}: no zones. Import it with --zones, or write zone.csv.")
    if found:
        raise ValidationError(found)


MOST_BUILDING = 7  # years until the slowest form of the library opens


def _case_file(case: NewCase, first: str) -> str:
    base = case.base.relative_to(case.folder).as_posix()
    return f"""\
name = "{case.name}"
name_zh = "{case.name_zh}"
base = "{base}"
base_year = {case.base_year}
ground = "ground.geojson"        # river and districts, drawn under the maps: features with a kind
parameters = "parameters.csv"    # rows of your own; they stand above those of the presets
trips_preset = "jinan"           # trips, costs and answers to tolls that you do not give
preset = "china"                 # rules of appraisal: china, uk_tag or simple
growth = "growth.csv"
isochrones_from = "{first}"
sites = ["options/crossing.toml"]

[years.{case.base_year}]
demand = "demand/{case.base_year}_am.omx"    # `transitplan demand` writes it; or your own matrix

[years.{case.horizon}]
demand = "demand/{case.horizon}_am.omx"
"""


def _site_file(case: NewCase, network: Network) -> str:
    at = network.nodes.set_index("node_id").loc[list(case.ends), ["x_m", "y_m"]]
    lon, lat = _lon_lat(network, at)
    long_m = float(np.hypot(*(at.iloc[0] - at.iloc[1])))
    width = min(round(long_m * DYKES_SHARE, -1), USUAL_DYKES_M)
    ends = " to ".join(f"{x:.4f}, {y:.4f}" for x, y in zip(lon, lat, strict=True))
    return f"""\
# A place where a crossing could be built: {ends}.
site_id = "crossing"
name = "New crossing"
name_zh = "新通道"
crossing_id = "NEW"
from_node_id = {case.ends[0]}
to_node_id = {case.ends[1]}
# via = [[{lon[0]:.3f}, {lat[0]:.3f}]]    # longitude, latitude of points on the way: the banks

# Numbers of your river, in place of the Yellow River's (docs/crossings.md).
[parameters]
dyke_width_m = {{ value = {width:g}, low = {0.8 * width:g}, high = {1.2 * width:g}, \
source = "{FILL_IN}", status = "assumed" }}

[[forms]]
kind = "cable_stayed_bridge"
open_year = {case.base_year + MOST_BUILDING - 1}

[[forms]]
kind = "bored_tunnel_two_bores"
open_year = {case.base_year + MOST_BUILDING}
"""


def _river(case: NewCase, network: Network) -> str:
    """Line of a river through the middle of every crossing and of the site, as a first guess."""
    nodes = network.nodes.set_index("node_id")[["x_m", "y_m"]]
    south, north = (nodes.loc[node].to_numpy(float) for node in case.ends)
    links = network.links[network.links["crossing_id"] != ""]
    ends = [nodes.loc[links[f"{end}_node_id"]].to_numpy(float) for end in ("from", "to")]
    middle = np.vstack([(ends[0] + ends[1]) / 2, (south + north) / 2])
    over = (north - south) / np.hypot(*(north - south))
    along = np.array([over[1], -over[0]])
    middle = np.unique(np.round(middle), axis=0)  # both ways of a bridge are one
    middle = middle[np.argsort(middle @ along)]
    line = np.vstack([middle[0] - BEYOND_M * along, middle, middle[-1] + BEYOND_M * along])
    lon, lat = _lon_lat(network, pd.DataFrame(line, columns=["x_m", "y_m"]))
    feature = {
        "type": "Feature",
        "properties": {"kind": "river", "name": "River", "name_zh": "河流", "note": FILL_IN},
        "geometry": {
            "type": "LineString",
            "coordinates": [[round(x, 5), round(y, 5)] for x, y in zip(lon, lat, strict=True)],
        },
    }
    collection = {"type": "FeatureCollection", "features": [feature]}
    return json.dumps(collection, ensure_ascii=False, indent=1) + "\n"


def _growth(case: NewCase) -> str:
    return (
        "group,year,population_factor,jobs_factor,extra_factor,source,status\n"
        f"rest,{case.horizon},1.0,1.0,1.0,{FILL_IN},assumed\n"
    )


def _places(network: Network) -> pd.DataFrame:
    """Clusters by super zone, each at its zone with most people; the largest zones without any."""
    zones = network.zones.reset_index(drop=True)
    zones = zones.assign(people=_numbers(zones, "population"))
    centroids = network.nodes.dropna(subset=["zone_id"]).drop_duplicates("zone_id")
    at = centroids.set_index("zone_id")[["x_m", "y_m"]]
    own = zones[zones["zone_id"].isin(at.index)]
    own = own.sort_values("people", ascending=False, kind="stable")
    groups = own.get("super_zone", pd.Series("", index=own.index)).fillna("").astype(str)
    grouped = groups.ne("").any()
    first = own[groups != ""].drop_duplicates("super_zone") if grouped else own
    first = first.head(MOST_CLUSTERS).sort_values("zone_id")
    place = at.loc[first["zone_id"]]
    lon, lat = _lon_lat(network, place)
    blank = pd.Series("", index=first.index)
    named = first.get("name", blank).fillna("").astype(str)
    names = [name or f"Zone {zone}" for name, zone in zip(named, first["zone_id"], strict=True)]
    chinese = first.get("name_zh", blank).fillna("").astype(str)
    return pd.DataFrame(
        {
            "cluster_id": first["super_zone"].to_numpy()
            if grouped
            else [f"K{number}" for number in range(1, len(first) + 1)],
            "kind": "cluster",
            "name": names,
            "name_zh": [own or name for own, name in zip(chinese, names, strict=True)],
            "lon": np.round(lon, 5),
            "lat": np.round(lat, 5),
            "zone_id": first["zone_id"].to_numpy(),
        }
    )


def _parameters(network: Network) -> str:
    """Mean trips as far as the town is large; all other rows are those of the presets."""
    rows = table_rows(f"{TRIPS}jinan").set_index("parameter_id")
    mean_km = _mean_km(network)
    kept = []
    for name in [each for each in rows.index if each.startswith("mean_km_")]:
        row: Mapping[str, Any] = rows.loc[name].to_dict()
        value = min(round(MEAN_SHARE * mean_km, 1), float(row["value"]))
        kept.append(
            {
                "parameter_id": name,
                "name": row["name"],
                "name_zh": row["name_zh"],
                "value": value,
                "unit": row["unit"],
                "low": round(0.8 * value, 1),
                "high": round(1.2 * value, 1),
                "source": FILL_IN,
                "status": "assumed",
            }
        )
    return pd.DataFrame(kept).to_csv(index=False, lineterminator="\n")


def _mean_km(network: Network) -> float:
    """Mean distance by road between people and jobs, about; zones alike where none are known."""
    zones = network.zones.reset_index(drop=True)
    centroids = network.nodes.dropna(subset=["zone_id"]).drop_duplicates("zone_id")
    at = centroids.set_index("zone_id")[["x_m", "y_m"]].reindex(zones["zone_id"]).to_numpy(float)
    known = np.isfinite(at).all(axis=1)
    people, jobs = (_numbers(zones, name)[known] for name in ("population", "jobs"))
    weight = np.outer(people, jobs)
    if not weight.any():
        weight = np.ones_like(weight)
    np.fill_diagonal(weight, 0.0)
    km = np.hypot(*(at[known][:, None] - at[known][None]).transpose(2, 0, 1)) / METRES_PER_KM
    return float((km * weight).sum() / max(weight.sum(), 1e-9)) * ROADS_LONGER


def _lon_lat(network: Network, at: pd.DataFrame) -> tuple[Any, Any]:
    """Longitudes and latitudes of places of the network."""
    points = gpd.GeoSeries(gpd.points_from_xy(at["x_m"], at["y_m"]), crs=network.crs)
    there = points.to_crs("EPSG:4326")
    return there.x.to_numpy(), there.y.to_numpy()


def _numbers(zones: pd.DataFrame, name: str) -> Any:
    """Column of the zones as numbers, 0 where it is absent or empty."""
    if name not in zones.columns:
        return np.zeros(len(zones))
    return pd.to_numeric(zones[name], errors="coerce").fillna(0.0).to_numpy(float)
