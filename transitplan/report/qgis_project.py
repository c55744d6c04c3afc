"""A project within the GeoPackage: layers in order and groups, one project a language.

QGIS keeps projects in a table of its own, a zipped XML text a row, and lists them below the file in
its browser.
"""

import io
import json
import sqlite3
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from transitplan.report.qgis_style import GEOMETRY, VERSION, Look, style_xml
from transitplan.viz.text import Text

PROJECTS = {"en": "map", "zh": "地图"}  # their names in the list of QGIS
LAYER = "layer_"  # what ids begin with: QGIS renames those without an underscore
MADE = "2000-01-01T00:00:00"
DAWN = (2000, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Group:
    """Layers that belong together, those on top first, and which of them are shown."""

    title: Text
    layers: Sequence[str]
    shown: frozenset[str]


@dataclass(frozen=True)
class Project:
    """A map of the layers of one GeoPackage.

    columns
        Of each layer, in its order.
    file
        Name that the GeoPackage will have, by which its projects find the layers.
    crs, bounds
        Projection of the map, and what it shows first in it: west, south, east, north.
    """

    title: Text
    groups: Sequence[Group]
    looks: Mapping[str, Look]
    columns: Mapping[str, Sequence[str]]
    file: str
    crs: str
    bounds: tuple[float, float, float, float]


def write_projects(path: Path, project: Project) -> None:
    """Add the project, once a language, to a GeoPackage that is already there."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "CREATE TABLE qgis_projects(name TEXT PRIMARY KEY, metadata BLOB, content BLOB)"
        )
        for language, name in PROJECTS.items():
            text = _text(project, language)
            about = json.dumps({"last_modified_time": MADE, "last_modified_user": ""})
            packed = _packed(f"{name}.qgs", text).hex()
            database.execute("INSERT INTO qgis_projects VALUES (?, ?, ?)", (name, about, packed))


def _packed(name: str, text: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(zipfile.ZipInfo(name, DAWN), text.encode(), zipfile.ZIP_DEFLATED)
    return held.getvalue()


def _text(project: Project, language: str) -> str:
    def say(words: Text) -> str:
        return words.zh if language == "zh" else words.en

    place = _place(project.crs)
    tree = "".join(_group(group, project.looks, say) for group in project.groups)
    layers = "".join(
        _layer(name, project, language)
        for group in project.groups
        for name in group.layers
        if name in project.looks
    )
    west, south, east, north = project.bounds
    extent = "".join(
        f"<{key}>{value:.3f}</{key}>"
        for key, value in (("xmin", west), ("ymin", south), ("xmax", east), ("ymax", north))
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="{VERSION}" projectname={quoteattr(say(project.title))}>'
        f'<homePath path=""/><title>{escape(say(project.title))}</title>'
        f"<projectCrs>{place}</projectCrs>"
        f"<layer-tree-group>{tree}</layer-tree-group>"
        '<mapcanvas name="theMapCanvas" annotationsVisible="1"><units>meters</units>'
        f"<extent>{extent}</extent><rotation>0</rotation>"
        f"<destinationsrs>{place}</destinationsrs></mapcanvas>"
        f"<projectlayers>{layers}</projectlayers>"
        '<properties><Paths><Absolute type="bool">false</Absolute></Paths>'
        '<SpatialRefSys><ProjectionsEnabled type="int">1</ProjectionsEnabled></SpatialRefSys>'
        "</properties>"
        f'<ProjectViewSettings><DefaultViewExtent xmin="{west:.3f}" ymin="{south:.3f}" '
        f'xmax="{east:.3f}" ymax="{north:.3f}">{place}</DefaultViewExtent></ProjectViewSettings>'
        "</qgis>"
    )


def _place(crs: str) -> str:
    """A projection as QGIS reads it, which takes no bare name."""
    from pyproj import CRS

    return f"<spatialrefsys><wkt>{escape(CRS(crs).to_wkt())}</wkt></spatialrefsys>"


def _group(group: Group, looks: Mapping[str, Look], say: Any) -> str:
    here = [name for name in group.layers if name in looks]
    if not here:
        return ""
    layers = "".join(
        f'<layer-tree-layer id="{LAYER}{name}" name={quoteattr(say(looks[name].title))} '
        f'checked="{_ticked(name in group.shown)}" expanded="{int(name in group.shown)}" '
        'providerKey="ogr" source=""/>'
        for name in here
    )
    return (
        f'<layer-tree-group name={quoteattr(say(group.title))} checked="Qt::Checked" '
        f'expanded="1">{layers}</layer-tree-group>'
    )


def _ticked(yes: bool) -> str:  # noqa: FBT001  one word of the XML
    return "Qt::Checked" if yes else "Qt::Unchecked"


def _layer(name: str, project: Project, language: str) -> str:
    look = project.looks[name]
    title, about = (
        words.zh if language == "zh" else words.en for words in (look.title, look.about)
    )
    place = _place("EPSG:4326")
    return (
        f'<maplayer type="vector" geometry="{GEOMETRY[look.shape]}" autoRefreshEnabled="0" '
        f'labelsEnabled="{int(bool(look.label.en))}"><id>{LAYER}{name}</id>'
        f"<datasource>./{escape(project.file)}|layername={name}</datasource>"
        f"<layername>{escape(title)}</layername><abstract>{escape(about)}</abstract>"
        f'<srs>{place}</srs><provider encoding="UTF-8">ogr</provider>'
        f"{style_xml(look, project.columns[name], language)}</maplayer>"
    )
