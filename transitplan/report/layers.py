"""results.gpkg: what the assessment found, as layers that open in QGIS, in WGS-84."""

import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from transitplan.io.geopackage import no_clock
from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.roads import WGS84, link_frame
from transitplan.report.rows import base_daily, crossing_middles, of_run
from transitplan.scenario.case import NONE
from transitplan.versions.diff_layers import STYLES
from transitplan.versions.qgis import Layer, style_table
from transitplan.viz import palette
from transitplan.viz.ground import ground_shapes

_LOOKS = {  # shape, colour, width of a line or outline in mm
    "links": ("line", palette.NOTHING_BUILT, 0.3),
    "option_links": ("line", palette.MORE, 0.6),
    "crossings": ("marker", palette.INK, 0.8),
    "clusters": ("marker", palette.MUTED, 0.8),
    "cluster_pairs": ("line", palette.HAIRLINE, 0.2),
    "options": ("line", palette.FORM_COLOURS["bridge"], 1.2),
    "isochrones": ("fill", palette.REACH_COLOURS[0], 0.2),
    "zones": ("marker", palette.HAIRLINE, 0.8),
    "ground_areas": ("fill", palette.HAIRLINE, 0.2),
    "ground_lines": ("line", palette.WATER, 1.2),
    "ground_places": ("marker", palette.HAIRLINE, 0.8),
}
_KINDS = {
    "river": palette.WATER,
    "water": palette.WATER,
    "start_up_area": palette.AREA,
    "cluster": palette.INK,
}
_FLOWS = ["flow_vph", "pce_vph", "time_s", "delay_s", "volume_capacity_ratio"]


def layers(assessment: Assessment) -> dict[str, gpd.GeoDataFrame]:
    """Return every layer by name, in the order that QGIS lists them."""
    found = {
        "links": _links(assessment),
        "option_links": _option_links(assessment),
        "crossings": _crossings(assessment),
        "clusters": _clusters(assessment),
        "cluster_pairs": _cluster_pairs(assessment),
        "options": _options(assessment),
        "isochrones": gpd.GeoDataFrame(assessment.isochrones, geometry="geometry", crs=WGS84),
        "zones": _zones(assessment),
        **_ground(assessment),
    }
    return {name: frame for name, frame in found.items() if len(frame)}


def write_layers(assessment: Assessment, path: Path) -> None:
    """Write the GeoPackage; the same assessment gives the same bytes."""
    import pyogrio

    found = layers(assessment)
    looks = style_table([_look(name, frame) for name, frame in found.items()], "transitplan")
    with no_clock(), warnings.catch_warnings():
        for name, frame in found.items():
            frame.to_file(path, layer=name, driver="GPKG", engine="pyogrio")
        pyogrio.write_dataframe(
            looks, path, layer=STYLES, driver="GPKG", layer_options={"FID": "id"}
        )


def _look(name: str, frame: gpd.GeoDataFrame) -> Layer:
    """Colours of a layer in QGIS, those of the pages; by kind where it has kinds."""
    shape, colour, width = _LOOKS[name]
    if "kind" not in frame:
        return Layer(name, shape, {"": colour}, width_mm=width)
    return Layer(
        name,
        shape,
        {kind: _KINDS.get(kind, colour) for kind in sorted(set(frame["kind"]))},
        width_mm=width,
    )


def _ground(assessment: Assessment) -> dict[str, gpd.GeoDataFrame]:
    """River, districts and towns of the case, a layer a kind of shape."""
    rows = [
        (kind, name.en, name.zh, shape)
        for kind, name, shape in ground_shapes(assessment.case.ground)
    ]
    frame = gpd.GeoDataFrame(rows, columns=["kind", "name", "name_zh", "geometry"], crs=WGS84)
    dimension = shapely.get_dimensions(frame.geometry.to_numpy())
    return {
        name: frame[dimension == size].reset_index(drop=True)
        for size, name in ((2, "ground_areas"), (1, "ground_lines"), (0, "ground_places"))
    }


def _links(assessment: Assessment) -> gpd.GeoDataFrame:
    """Links of the base year with nothing built, and their flows."""
    base = assessment.case.base_year
    flows = of_run(assessment.flows, NONE, base)
    frame = link_frame(assessment.networks[NONE, base]).to_crs(WGS84)
    return frame.merge(flows[["link_id", *_FLOWS]], on="link_id", how="left").assign(year=base)


def _option_links(assessment: Assessment) -> gpd.GeoDataFrame:
    """Links of each option that carry another flow than with nothing built, last year."""
    last = names.horizon_year(assessment)
    flows = assessment.flows[assessment.flows["year"] == last]
    without = flows[flows["option_id"] == NONE].set_index("link_id")["flow_vph"]
    pieces = []
    for option in names.built_options(assessment):
        frame = link_frame(assessment.networks[option, last]).to_crs(WGS84)
        own = flows[flows["option_id"] == option]
        frame = frame.merge(own[["link_id", *_FLOWS]], on="link_id")
        before = frame["link_id"].map(without).fillna(0.0)
        change = frame["flow_vph"] - before
        pieces.append(
            frame.assign(option_id=option, year=last, change_vph=change)[change.abs() >= 1.0]
        )
    if not pieces:
        return gpd.GeoDataFrame(geometry=[], crs=WGS84)
    return gpd.GeoDataFrame(pd.concat(pieces, ignore_index=True), crs=WGS84)


def _crossings(assessment: Assessment) -> gpd.GeoDataFrame:
    rows = assessment.case.network.crossings
    if rows.empty:
        return gpd.GeoDataFrame(geometry=[], crs=WGS84)
    return gpd.GeoDataFrame(
        rows.assign(modelled_daily_vehicles=rows["crossing_id"].map(base_daily(assessment))),
        geometry=crossing_middles(rows),
        crs=WGS84,
    )


def _clusters(assessment: Assessment) -> gpd.GeoDataFrame:
    rows = assessment.case.network.clusters
    return gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(rows["lon"], rows["lat"]), crs=WGS84)


def _cluster_pairs(assessment: Assessment) -> gpd.GeoDataFrame:
    """Straight lines between clusters and hubs with their times by mode, nothing built."""
    if assessment.modes is None or assessment.modes.pairs.empty:
        return gpd.GeoDataFrame(geometry=[], crs=WGS84)
    rows, places = assessment.modes.pairs, assessment.case.network.clusters
    at = places.set_index("cluster_id")[["lon", "lat"]]
    ends = [at.loc[rows[f"{end}_id"]].to_numpy() for end in ("origin", "destination")]
    lines = shapely.linestrings(np.stack(ends, axis=1))
    known = rows.replace(np.inf, np.nan)  # empty: there is no way
    return gpd.GeoDataFrame(known, geometry=lines, crs=WGS84)


def _options(assessment: Assessment) -> gpd.GeoDataFrame:
    """Links of each option's own crossing, with the money of the option."""
    last = names.horizon_year(assessment)
    pieces = []
    for option in names.built_options(assessment):
        site = names.site_of(assessment, option)
        frame = link_frame(assessment.networks[option, last]).to_crs(WGS84)
        own = frame[frame["crossing_id"] == getattr(site, "crossing_id", "")]
        pieces.append(own[["link_id", "geometry"]].assign(option_id=option))
    if not pieces:
        return gpd.GeoDataFrame(geometry=[], crs=WGS84)
    lines = gpd.GeoDataFrame(pd.concat(pieces, ignore_index=True), crs=WGS84)
    return lines.merge(assessment.appraisal, on="option_id", how="left")


def _zones(assessment: Assessment) -> gpd.GeoDataFrame:
    """Zones as points at their centroids."""
    network = assessment.case.network
    nodes = network.nodes
    nodes = nodes[nodes["zone_id"].notna()].drop_duplicates("zone_id")
    points = gpd.GeoDataFrame(
        nodes[["zone_id"]],
        geometry=gpd.points_from_xy(nodes["x_m"], nodes["y_m"]),
        crs=network.crs,
    )
    return points.to_crs(WGS84).merge(network.zones, on="zone_id")
