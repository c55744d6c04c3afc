"""A map of a finished run, from the layers of its results.gpkg alone."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from transitplan.errors import NotFoundError, ValidationError
from transitplan.viz.layers import Shapes
from transitplan.viz.maps import PlanMap
from transitplan.viz.places import cluster_layers, crossing_layer, placed_crossings
from transitplan.viz.reach import HOW, reach_layer
from transitplan.viz.roads import Drawn, change_layer, class_layer, faint_layer
from transitplan.viz.segments import Segments, merge_directions
from transitplan.viz.sheet import fitted, sheet, simplified
from transitplan.viz.text import Text, as_text

LAYERS = "results.gpkg"
RUN_THEMES = ("all", "network", "crossings", "flows", "change", "isochrones")


class RunLayers:
    """Layers of a run, read when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / LAYERS
        if not self.path.is_file():
            raise NotFoundError(
                f"{folder}: no {LAYERS} in it. Name the folder that transitplan assess wrote."
            )
        self.known = {str(name) for name, _ in pyogrio.list_layers(self.path)}
        record = folder / "run.json"
        told = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
        case = told.get("case", {})
        self.name = Text(case.get("name", folder.name), case.get("name_zh", folder.name))

    def __getitem__(self, layer: str) -> gpd.GeoDataFrame:
        """Rows of a layer; none where the run has no such layer."""
        if layer not in self.known:
            return gpd.GeoDataFrame()
        return gpd.read_file(self.path, layer=layer, engine="pyogrio")

    def ground(self) -> dict[str, Any]:
        """GeoJSON of river, districts and towns; empty in runs that did not keep them."""
        layers = [self[f"ground_{kind}"] for kind in ("areas", "lines", "places")]
        return {"features": [row for each in layers if len(each) for row in each.iterfeatures()]}


def run_map(folder: Path, theme: str = "all", *, tiles: str = "") -> PlanMap:
    """Draw a run that ``transitplan assess`` wrote.

    Parameters
    ----------
    theme
        One of ``RUN_THEMES``.
    tiles
        As in ``Network.to_map``.

    Raises
    ------
    NotFoundError
        If the folder holds no layers, or there is no such theme.
    ValidationError
        If the layers have no links.
    """
    if theme not in RUN_THEMES:
        raise NotFoundError(
            f"map: a run has no theme {theme!r}; it has {', '.join(RUN_THEMES)}. Others are made "
            "from the case: transitplan map CASE --theme …."
        )
    run = RunLayers(folder)
    links = run["links"]
    if links.empty:
        raise ValidationError(f"{run.path}: no layer links. Run transitplan assess again.")
    metric = links.estimate_utm_crs()
    segments = merge_directions(links.to_crs(metric))
    own = _Sheets(run, links, segments)

    def make(tolerance_m: float) -> PlanMap:
        shapes = segments.shapes(tolerance_m)
        parts = own.themes if theme == "all" else {theme: own.themes[theme]}
        drawn = [each for part in parts.values() for each in part(shapes)]
        return sheet(
            run.name,
            [*drawn, *own.places()],
            shapes=[shapes],
            bounds=own.bounds(),
            note=simplified(tolerance_m) + Text(f" From {LAYERS}.", f"数据来自 {LAYERS}。"),
            ground=run.ground(),
            tiles=tiles,
        )

    return fitted(make)


class _Sheets:
    """Layers of each theme of a run."""

    def __init__(self, run: RunLayers, links: gpd.GeoDataFrame, segments: Segments) -> None:
        self.run, self.links, self.segments = run, links, segments
        self.clusters = run["clusters"]
        self.themes: dict[str, Callable[[Shapes], list[Drawn]]] = {
            "flows": self.flows,
            "change": self.changes,
            "network": lambda shapes: [class_layer(shapes, segments.frame, shown=False)],
            "crossings": lambda shapes: [faint_layer(shapes, segments.frame)],
            "isochrones": self.reach,
        }

    def flows(self, shapes: Shapes) -> list[Drawn]:
        from transitplan.assignment.flow_map import flow_layers

        year = f", {int(self.links['year'].iloc[0])}"
        return flow_layers(self.segments, shapes, self.links, when=as_text(year))

    def changes(self, shapes: Shapes) -> list[Drawn]:
        """Change of flow by option; roads that the base network lacks are not drawn."""
        rows = self.run["option_links"]
        if rows.empty:
            return []
        known = pd.Series(self.segments.segment, index=self.links["link_id"])
        rows = rows[rows["link_id"].isin(known.index)]
        frames = {}
        for option, own in rows.groupby("option_id", sort=False):
            by = own.groupby(known.loc[own["link_id"]].to_numpy())[["flow_vph", "change_vph"]].sum()
            frame = pd.DataFrame(
                {
                    "with_vph": by["flow_vph"],
                    "without_vph": by["flow_vph"] - by["change_vph"],
                    "change_vph": by["change_vph"],
                }
            )
            facts = self.segments.frame.loc[by.index, ["facility_type", "structure"]]
            frames[str(option), int(own["year"].iloc[0])] = frame.join(facts)
        most = max([1.0, *(float(each["change_vph"].abs().max()) for each in frames.values())])
        return [
            change_layer(
                shapes,
                frame,
                name=Text(f"Change: {option}", f"变化：{option}"),
                title=Text(f"{option}, {year}: change of flow", f"{option}，{year} 年：流量变化"),
                note=Text(
                    "Against nothing built, both directions; thin grey: under {small} veh/h.",
                    "与不建方案相比，双向合计；细灰线：变化小于 {small} 辆/小时。",
                ),
                labels=(
                    Text("With the option [veh/h]", "有方案 [辆/小时]"),
                    Text("Nothing built [veh/h]", "不建 [辆/小时]"),
                ),
                widest_change=most,
            )
            for (option, year), frame in frames.items()
        ]

    def reach(self, shapes: Shapes) -> list[Drawn]:
        del shapes
        rows = self.run["isochrones"]
        if rows.empty:
            return []
        names = {
            row["cluster_id"]: Text(row["name"], row["name_zh"])
            for row in self.clusters.to_dict("records")
        }
        layers = []
        for (cluster, mode), own in rows.groupby(["cluster_id", "mode"], sort=False):
            called = names.get(cluster, as_text(str(cluster)))
            if mode in HOW:
                areas: Any = own.to_dict("records")
                on = Text("As in the run.", "同该次计算。")
                layers.append(reach_layer(called, str(mode), areas, on=on))
        return layers

    def places(self) -> list[Drawn]:
        crossings = self.run["crossings"]
        layers = [] if crossings.empty else [crossing_layer(placed_crossings(crossings))]
        return [*layers, *([] if self.clusters.empty else cluster_layers(self.clusters))]

    def bounds(self) -> tuple[float, float, float, float]:
        own = self.clusters
        if own.empty or (own["kind"] == "cluster").sum() < 2:  # noqa: PLR2004  two corners
            return self.segments.bounds
        own = own[own["kind"] == "cluster"]
        west, south, east, north = (
            own["lon"].min(),
            own["lat"].min(),
            own["lon"].max(),
            own["lat"].max(),
        )
        wide, high = (east - west) * 0.08 + 0.01, (north - south) * 0.08 + 0.01
        return west - wide, south - high, east + wide, north + high
