"""A difference as layers of a GeoPackage that open in QGIS with their colours."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from transitplan.errors import ValidationError
from transitplan.io.geopackage import free_names, no_clock, storable
from transitplan.io.text import write_whole
from transitplan.model.network import Network
from transitplan.versions.cells import blank
from transitplan.versions.entries import place_of
from transitplan.versions.kinds import ADDED, LINE, REMOVED, RENUMBERED, STOP
from transitplan.versions.places import need_projection
from transitplan.versions.qgis import Layer, style_table
from transitplan.versions.telling import shown
from transitplan.viz.palette import CHANGE_COLOURS, HAIRLINE

COLOURS = {
    "added": CHANGE_COLOURS["added"],
    "removed": CHANGE_COLOURS["removed"],
    "split": CHANGE_COLOURS["split"],
    "merged": CHANGE_COLOURS["split"],
    "moved": CHANGE_COLOURS["reshaped"],
    "reversed": CHANGE_COLOURS["reshaped"],
    "reshaped": CHANGE_COLOURS["reshaped"],
    "retyped": CHANGE_COLOURS["retyped"],
    "changed": CHANGE_COLOURS["changed"],
}
LINES = {"added", "removed", "changed", "unchanged", "transit_lines"}
STYLES = "layer_styles"  # where QGIS looks for the looks of layers
NAMES = {"node": "nodes", "zone": "zones", "crossing": "crossings", "cluster": "clusters"} | {
    "movement": "turns",
    LINE: "transit_lines",
    STOP: "transit_stops",
}


def write_layers(
    a: Network, b: Network, changes: pd.DataFrame, path: Path, *, unchanged: bool
) -> Path:
    """Write the layers, whole or not at all; the same difference gives the same bytes.

    Raises
    ------
    ValidationError
        If the networks have no projection.
    """
    import pyogrio

    need_projection(a)
    if changes.empty:
        raise ValidationError(f"{a.name} and {b.name} are the same: there is nothing to write.")
    layers = _layers(a, b, changes, unchanged=unchanged)
    path.parent.mkdir(parents=True, exist_ok=True)

    def write(part: Path) -> None:
        for name, frame in layers.items():
            # A GeoPackage gives each layer one kind of geometry; all of ours have one.
            pyogrio.write_dataframe(
                storable(frame), part, layer=name, driver="GPKG", layer_options=free_names(frame)
            )
        styles = style_table(
            [_styled(name, frame) for name, frame in layers.items()],
            "Differences of two networks, by kind",
        )
        pyogrio.write_dataframe(
            styles, part, layer=STYLES, driver="GPKG", layer_options={"FID": "id"}
        )

    with no_clock(), warnings.catch_warnings():
        return write_whole(path, write)


def _layers(
    a: Network, b: Network, changes: pd.DataFrame, *, unchanged: bool
) -> dict[str, pd.DataFrame]:
    """Every layer by its name, those that lie on top first."""
    found: dict[str, pd.DataFrame] = {}
    for table, name in NAMES.items():
        rows = _of(changes, table)
        if len(rows):
            found[name] = _located(a, b, table, rows)
    links = _of(changes, "link")
    found["added"] = _whole(b, links.loc[links["kind"] == ADDED, "id_b"])
    found["removed"] = _whole(a, links.loc[links["kind"] == REMOVED, "id_a"])
    found["changed"] = _located(a, b, "link", links[~links["kind"].isin([ADDED, REMOVED])])
    if unchanged:
        found["unchanged"] = _whole(b, _untouched(b, changes))
    elsewhere = changes[~changes["table"].isin([*NAMES, "link"])]
    if len(elsewhere):
        found["other"] = _texts(elsewhere)
    return {name: frame for name, frame in found.items() if len(frame)}


def _of(changes: pd.DataFrame, table: str) -> pd.DataFrame:
    return changes[(changes["table"] == table) & (changes["kind"] != RENUMBERED)]


def _untouched(b: Network, changes: pd.DataFrame) -> "pd.Series[Any]":
    ids = b.links["link_id"]
    return ids[~ids.isin(_of(changes, "link")["id_b"].dropna())]


def _whole(network: Network, ids: "pd.Series[Any]") -> Any:
    """Links with all their columns."""
    import geopandas as gpd

    rows = pd.Index(network.links["link_id"]).get_indexer(pd.Index(ids))
    lines = network.link_lines(rows)
    return gpd.GeoDataFrame(network.links.iloc[rows], geometry=lines, crs=network.crs)


def _located(a: Network, b: Network, table: str, rows: pd.DataFrame) -> Any:
    """One row a difference; old and new as text, and as numbers where they are."""
    import geopandas as gpd

    return gpd.GeoDataFrame(_texts(rows), geometry=place_of(a, b, table, rows), crs=a.crs)


def _texts(rows: pd.DataFrame) -> pd.DataFrame:
    found = rows.reset_index(drop=True)
    numbers: dict[str, Any] = {
        f"{side}_number": [
            float(each) if isinstance(each, int | float | np.number) else np.nan
            for each in found[side]
        ]
        for side in ("old", "new")
    }
    written: dict[str, Any] = {
        side: [None if blank(each) else shown(each) for each in found[side]]
        for side in ("id_a", "id_b", "old", "new", "column", "unit", "name")
    }
    relative = pd.to_numeric(found["relative"])
    return found.assign(**written, **numbers, relative=relative)


def _styled(name: str, frame: Any) -> Layer:
    """Return the looks of a layer: by kind where it has kinds, else one colour."""
    if not hasattr(frame, "geometry"):
        return Layer(name, "none", {})
    shape = "line" if name in LINES else "marker"
    if name == "unchanged":
        return Layer(name, shape, {"": HAIRLINE}, width_mm=0.2)
    if name in {"added", "removed"}:
        return Layer(name, shape, {"": COLOURS[name]}, dashed=name == "removed")
    there = set(frame["kind"])
    return Layer(name, shape, {kind: ink for kind, ink in COLOURS.items() if kind in there})
