"""results.gpkg: what the assessment found, as layers that open in QGIS, in WGS-84."""

import warnings
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from transitplan.io.geopackage import no_clock
from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.layer_looks import looks
from transitplan.report.layer_words import ABSENT, LAYERS
from transitplan.report.qgis_project import Group, Project, write_projects
from transitplan.report.qgis_style import Look, style_document
from transitplan.report.roads import WGS84, link_frame
from transitplan.report.rows import base_daily, crossing_middles, of_run
from transitplan.scenario.case import NONE
from transitplan.versions.diff_layers import STYLES
from transitplan.versions.qgis import Style, looks_table
from transitplan.viz.ground import ground_shapes
from transitplan.viz.text import Text

FILE = "results.gpkg"  # by this name its projects find its layers
ABOUT = "about"  # what the layers hold, and which are not there
GROUPS = (  # of the project, on top first
    Group(
        Text("Places", "地点"),
        ("clusters", "gains", "crossings", "zones"),
        frozenset({"clusters", "crossings"}),
    ),
    Group(Text("Options", "比选方案"), ("options", "option_links"), frozenset({"options"})),
    Group(Text("Today", "现状"), ("links", "cluster_pairs", "isochrones"), frozenset({"links"})),
    Group(
        Text("Ground", "底图"),
        ("ground_places", "ground_lines", "ground_areas"),
        frozenset({"ground_places", "ground_lines", "ground_areas"}),
    ),
)
STYLE_NAMES = {"en": "English", "zh": "中文"}
PLAIN = {"VERSION": "1.2"}  # that older QGIS and GDAL know, too
EXACT = {"DATETIME_PRECISION": "MILLISECOND"}  # as the format has it
MARGIN = 0.04  # of the map, on each side
_FLOWS = ["flow_vph", "pce_vph", "time_s", "delay_s", "volume_capacity_ratio"]


def layers(assessment: Assessment) -> dict[str, gpd.GeoDataFrame]:
    """Return every layer that has rows by name, those on top first."""
    return {name: frame for name, frame in _all(assessment).items() if len(frame)}


def _all(assessment: Assessment) -> dict[str, gpd.GeoDataFrame]:
    """Return every layer, the empty ones too."""
    return {
        "clusters": _clusters(assessment),
        "gains": _gains(assessment),
        "crossings": _crossings(assessment),
        "zones": _zones(assessment),
        "options": _options(assessment),
        "option_links": _option_links(assessment),
        "links": _links(assessment),
        "cluster_pairs": _cluster_pairs(assessment),
        "isochrones": gpd.GeoDataFrame(assessment.isochrones, geometry="geometry", crs=WGS84),
        **_ground(assessment),
    }


def write_layers(assessment: Assessment, path: Path, *, language: str = "en") -> None:
    """Write the GeoPackage; the same assessment gives the same bytes.

    Every layer has a style in English and one in Chinese, with names and units of its columns; the
    file holds a project in each language. Which layers are not there, and why, stands in the table
    ``about``.

    Parameters
    ----------
    language
        ``en`` or ``zh``: of the style that a layer opens with.
    """
    import pyogrio

    every = _all(assessment)
    found = {name: frame for name, frame in every.items() if len(frame)}
    shown = looks(assessment, found)
    columns = {
        name: [str(each) for each in frame.columns if each != "geometry"]
        for name, frame in found.items()
    }
    styles = [
        Style(name, title, style_document(look, columns[name], each), each == language)
        for name, look in shown.items()
        for each, title in STYLE_NAMES.items()
    ]
    tables = {ABOUT: _about(every), STYLES: looks_table(styles, "transitplan")}
    with no_clock(), warnings.catch_warnings():
        for name, frame in found.items():
            title, about = LAYERS[name]
            frame.to_file(
                path,
                layer=name,
                driver="GPKG",
                engine="pyogrio",
                dataset_options=PLAIN,
                layer_options={
                    "IDENTIFIER": f"{title.en} · {title.zh}",
                    "DESCRIPTION": f"{about.en} {about.zh}",
                },
            )
        for name, table in tables.items():
            options = EXACT | {"FID": "id"} if name == STYLES else {}
            pyogrio.write_dataframe(table, path, layer=name, driver="GPKG", layer_options=options)
    write_projects(path, _project(assessment, found, shown, columns))


def _about(every: Mapping[str, gpd.GeoDataFrame]) -> pd.DataFrame:
    """Say of each layer what it holds, or why it is not there."""
    rows = []
    for name, frame in every.items():
        (title, about), absent = LAYERS[name], ABSENT.get(name, Text("", ""))
        note = Text("", "") if len(frame) else absent
        rows.append((name, len(frame), *title.both, *about.both, *note.both))
    heads = ["layer", "rows", "title", "title_zh", "about", "about_zh", "left_out", "left_out_zh"]
    return pd.DataFrame(rows, columns=heads)


def _project(
    assessment: Assessment,
    found: Mapping[str, gpd.GeoDataFrame],
    shown: Mapping[str, Look],
    columns: Mapping[str, list[str]],
) -> Project:
    """Show all roads in the network's own projection."""
    crs = str(assessment.case.network.crs)
    west, south, east, north = found["links"].to_crs(crs).total_bounds.tolist()
    across, along = MARGIN * (east - west), MARGIN * (north - south)
    return Project(
        title=Text(assessment.case.name, assessment.case.name_zh),
        groups=GROUPS,
        looks=shown,
        columns=columns,
        file=FILE,
        crs=crs,
        bounds=(west - across, south - along, east + across, north + along),
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


def _gains(assessment: Assessment) -> gpd.GeoDataFrame:
    """User benefit of each cluster by option in the last modelled year."""
    places, rows = _clusters(assessment), assessment.cluster_benefits
    last = names.horizon_year(assessment)
    own = rows[(rows["year"] == last) & rows["option_id"].isin(names.built_options(assessment))]
    joined = places[["cluster_id", "name", "name_zh", "geometry"]].merge(own, on="cluster_id")
    return gpd.GeoDataFrame(joined, geometry="geometry", crs=WGS84)


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
    """One row an option: the road of its own crossing, drawn once, and the money of the option."""
    last = names.horizon_year(assessment)
    rows, lines = [], []
    for option in names.built_options(assessment):
        site = names.site_of(assessment, option)
        frame = link_frame(assessment.networks[option, last]).to_crs(WGS84)
        own = frame[frame["crossing_id"] == getattr(site, "crossing_id", "")]
        if len(own):
            one_way = own.geometry.normalize().drop_duplicates()  # of both directions, one
            lines.append(shapely.multilinestrings(one_way.tolist()))
            rows.append((option, *names.option(assessment.case, option).both))
    table = pd.DataFrame(rows, columns=["option_id", "title", "title_zh"])
    table = table.merge(assessment.appraisal, on="option_id", how="left")
    return gpd.GeoDataFrame(table, geometry=lines, crs=WGS84)


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
