"""Layers of places: river crossings by form, status and year; clusters and hubs."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from transitplan.viz import swatches
from transitplan.viz.layers import Field, Points
from transitplan.viz.roads import Drawn
from transitplan.viz.text import Text, as_text, finite
from transitplan.viz.words import FORMS, STATUSES

CROSSING = Text("river crossing", "过河通道")
KINDS = {  # of clusters: what the layer says, what the search says, rank of the names
    "cluster": (Text("Clusters", "组团"), Text("cluster", "组团"), 1),
    "hub": (Text("Hubs", "枢纽"), Text("hub", "枢纽"), 3),
}
ENDS = ["lon_south", "lat_south", "lon_north", "lat_north"]


def placed_crossings(crossings: pd.DataFrame) -> pd.DataFrame:
    """Crossings that have coordinates, with ``lat`` and ``lon`` of their middles."""
    own = crossings[crossings[ENDS].notna().all(axis=1)]
    return own.assign(
        lat=(own["lat_south"] + own["lat_north"]) / 2, lon=(own["lon_south"] + own["lon_north"]) / 2
    )


def crossing_layer(
    crossings: pd.DataFrame,
    *,
    fields: Sequence[Field] = (),
    year: bool = True,
    room: Sequence[float] | None = None,
) -> Drawn:
    """Mark crossings: shape and colour tell the form, fill the status; the year is in the name.

    Parameters
    ----------
    crossings
        Rows of ``placed_crossings``: crossing_id, name, name_zh, form, status, open_year, length_m,
        lanes, lat, lon.
    fields
        More lines of the popup, one value a row.
    year
        Whether the names say the year of opening, where it is known.
    room
        Radius of a circle around each mark [px], which names keep off; 0: none.
    """
    called = [_called(row) for row in crossings.to_dict("records")]
    rows = pd.DataFrame(
        {
            "lat": crossings["lat"],
            "lon": crossings["lon"],
            "drawing": [
                swatches.crossing_mark(form, status)
                for form, status in zip(crossings["form"], crossings["status"], strict=True)
            ],
            "label": [
                name + opening_year(opens, name.en) if year else name
                for name, opens in zip(called, crossings["open_year"], strict=True)
            ],
            "style": "",
            "title": called,
            "room": [0.0] * len(called) if room is None else list(room),
        }
    )
    named = Text("River crossings", "过河通道")
    own = [*_crossing_fields(crossings), *fields]
    layer = Points(named, rows, fields=own, order=2, kind=CROSSING)
    return layer, crossing_legend(set(crossings["form"]), set(crossings["status"]))


def _crossing_fields(crossings: pd.DataFrame) -> list[Field]:
    return [
        Field(Text("Form", "形式"), [FORMS.get(w, as_text(w)) for w in crossings["form"]]),
        Field(Text("Status", "状态"), [STATUSES.get(w, as_text(w)) for w in crossings["status"]]),
        Field(Text("Opened or opens", "通车年份"), _figures(crossings["open_year"], "{:.0f}")),
        Field(Text("Length [m]", "长度 [米]"), _figures(crossings["length_m"], "{:,.0f}")),
        Field(Text("Lanes, both directions", "双向车道数"), _figures(crossings["lanes"], "{:g}")),
    ]


def opening_year(value: float, name: str) -> str:
    """Year to stand behind the name of a crossing; empty where it is not known, or in the name."""
    return "" if finite(value) is None or f"{value:.0f}" in name else f" {value:.0f}"


def crossing_legend(forms: set[str], statuses: set[str]) -> str:
    """Words for the marks of crossings that are there."""
    words = swatches.heading(Text("River crossings", "过河通道"))
    mark = swatches.crossing_mark
    for form, name in (
        ("bridge", Text("bridge", "桥梁")),
        ("tunnel", Text("tunnel", "隧道")),
        ("pontoon", Text("pontoon", "浮桥")),
        ("widening", Text("widening", "拓宽")),
    ):
        if any(form in each for each in forms):
            words += swatches.key_mark(mark(form, "open"), name)
    for status in ("open", "under_construction", "planned"):
        if any(each.startswith(status) for each in statuses):
            words += swatches.key_mark(mark("bridge", status), STATUSES[status])
    return words


def cluster_layers(clusters: pd.DataFrame, *, hubs: bool = True, marks: bool = True) -> list[Drawn]:
    """Clusters and hubs with their names.

    Parameters
    ----------
    clusters
        cluster_id, kind, name, name_zh, lon, lat.
    hubs
        Whether hubs are drawn too.
    marks
        Whether there are marks, or names alone, which leave what lies below to be seen.
    """
    layers: list[Drawn] = []
    for kind, (title, one, order) in KINDS.items():
        own = clusters[(clusters["kind"] == kind) & clusters[["lon", "lat"]].notna().all(axis=1)]
        if own.empty or (kind == "hub" and not hubs):
            continue
        called = [_called(row) for row in own.to_dict("records")]
        rows = pd.DataFrame(
            {
                "lat": own["lat"],
                "lon": own["lon"],
                "drawing": swatches.place_mark(kind) if marks else "",
                "label": called,
                "style": "strong" if kind == "cluster" else "",
                "title": called,
            }
        )
        field = Field(Text("Id", "编号"), [str(each) for each in own["cluster_id"]])
        layer = Points(title, rows, fields=[field], order=order, kind=one)
        key = swatches.key_mark(swatches.place_mark(kind), title) if marks else ""
        layers.append((layer, key))
    return layers


def _called(row: Any) -> Text:
    english, chinese = (str(row.get(key) or "") for key in ("name", "name_zh"))
    return Text(english or chinese, chinese or english)


def _figures(values: "pd.Series[float]", pattern: str) -> list[str]:
    return ["" if finite(value) is None else pattern.format(value) for value in values]
