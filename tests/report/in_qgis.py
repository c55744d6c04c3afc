"""Asks QGIS what it makes of a GeoPackage; run by a Python that has PyQGIS, not by the tests' own.

python3 in_qgis.py results.gpkg FOLDER    pictures go into the folder, JSON to the output
"""

import json
import sqlite3
import sys
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRenderContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

SIZE = (440, 340)


def ink(layers, crs, extent, path):
    """Draw the layers; the share of pixels that are not paper."""
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setOutputSize(QSize(*SIZE))
    settings.setBackgroundColor(QColor("white"))
    settings.setDestinationCrs(crs)
    settings.setExtent(extent)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    image.save(str(path))
    white = QColor("white").rgb()
    drawn = sum(image.pixel(x, y) != white for x in range(SIZE[0]) for y in range(SIZE[1]))
    return drawn / (SIZE[0] * SIZE[1])


def tick_all(rule):
    rule.setActive(True)
    for below in rule.children():
        tick_all(below)


def undrawn(layer):
    """Rows that no rule draws, all rules ticked."""
    renderer = layer.renderer().clone()
    tick_all(renderer.rootRule())
    context = QgsRenderContext()
    context.expressionContext().appendScopes([])
    renderer.startRender(context, layer.fields())
    missed = 0
    for row in layer.getFeatures():
        context.expressionContext().setFeature(row)
        missed += not renderer.willRenderFeature(row, context)
    renderer.stopRender(context)
    return missed


def tell_layers(path, out, crs):
    found = {}
    with sqlite3.connect(path) as file:
        named = file.execute("select table_name from gpkg_geometry_columns").fetchall()
    for (name,) in named:
        layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
        over = QgsCoordinateTransform(layer.crs(), crs, QgsProject.instance())
        extent = over.transformBoundingBox(layer.extent())
        extent.grow(2000)
        found[name] = {
            "rows": layer.featureCount(),
            "renderer": layer.renderer().type(),
            "alias": {field.name(): field.alias() for field in layer.fields()},
            "undrawn": undrawn(layer),
            "inked": ink([layer], crs, extent, out / f"{name}.png"),
        }
    return found


def tell_projects(path, out):
    found = {}
    storage = QgsApplication.projectStorageRegistry().projectStorageFromType("geopackage")
    for name in storage.listProjects(path):
        project = QgsProject.instance()
        project.read(f"geopackage:{path}?projectName={name}")
        root = project.layerTreeRoot()
        layers = root.layerOrder()
        shown = [each for each in layers if root.findLayer(each.id()).isVisible()]
        extent = project.viewSettings().defaultViewExtent()
        found[name] = {
            "crs": project.crs().authid(),
            "order": [each.name() for each in layers],
            "broken": [each.name() for each in layers if not each.isValid()],
            "inked": ink(shown, project.crs(), extent, out / f"project_{name}.png"),
        }
    return found


application = QgsApplication([], False)  # noqa: FBT003  no window
application.initQgis()
path, out = sys.argv[1], Path(sys.argv[2])
crs = QgsCoordinateReferenceSystem("EPSG:32650")
json.dump({"layers": tell_layers(path, out, crs), "projects": tell_projects(path, out)}, sys.stdout)
