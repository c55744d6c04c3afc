"""Layers of places: river crossings by form, status and year; zones as circles."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from transitplan.viz import palette, swatches
from transitplan.viz.layers import Circles, Field, Points
from transitplan.viz.roads import Drawn
from transitplan.viz.text import Text, as_text, finite, people, plain
from transitplan.viz.words import FORMS, STATUSES

CROSSING, ZONE = Text("river crossing", "过河通道"), Text("zone", "小区")
KINDS = {  # of clusters: what the layer says, what the search says, rank of the names
    "cluster": (Text("Clusters", "组团"), Text("cluster", "组团"), 1),
    "hub": (Text("Hubs", "枢纽"), Text("hub", "枢纽"), 3),
}
LARGEST_PX, SMALLEST_PX = 17.0, 4.0  # radius of a circle
ENDS = ["lon_south", "lat_south", "lon_north", "lat_north"]


def placed_crossings(crossings: pd.DataFrame) -> pd.DataFrame:
    """Crossings that have coordinates, with ``lat`` and ``lon`` of their middles."""
    own = crossings[crossings[ENDS].notna().all(axis=1)]
    return own.assign(
        lat=(own["lat_south"] + own["lat_north"]) / 2, lon=(own["lon_south"] + own["lon_north"]) / 2
    )


def crossing_layer(
    crossings: pd.DataFrame, *, fields: Sequence[Field] = (), year: bool = True
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


def zone_layer(  # noqa: PLR0913  what is drawn, its words, its scale
    zones: pd.DataFrame,
    values: npt.ArrayLike,
    *,
    name: Text,
    title: Text,
    note: Text | None = None,
    label: Text,
    breaks: Sequence[float],
    colours: Sequence[str] = palette.AMOUNT_COLOURS,
    ringed: npt.ArrayLike | None = None,
    ring: Text | None = None,
    fields: Sequence[Field] = (),
    shown: bool = True,
) -> Drawn:
    """Zones as circles: the size tells the residents, the colour a value.

    Parameters
    ----------
    zones
        zone_id, name, name_zh, population, lat, lon.
    values
        One a zone; NaN or infinite: an empty circle.
    label
        What the popup calls the value, with its unit.
    breaks
        Between the colours, one fewer than there are colours.
    ringed, ring
        Zones with a dark ring, and what it means.
    """
    value = np.asarray(values, dtype=float)
    known = np.isfinite(value)
    place = np.searchsorted(np.asarray(breaks), np.where(known, value, 0.0), side="right")
    heads = zones["population"].to_numpy(dtype=float)
    marked = np.zeros(len(zones), dtype=bool) if ringed is None else np.asarray(ringed)
    rows = pd.DataFrame(
        {
            "lat": zones["lat"],
            "lon": zones["lon"],
            "radius": radii(heads),
            "fill": np.where(known, np.array(colours, dtype=object)[place], "#ffffff"),
            "line": np.where(marked, palette.INK, np.where(known, "#ffffff", palette.MUTED)),
            "line_px": np.where(marked, 2.6, 1.0),
            "title": [zone_name(row) for row in zones.to_dict("records")],
        }
    )
    order = np.argsort(-heads, kind="stable")  # small circles lie above large ones
    every = [
        Field(label, [plain(v, 0 if abs(v) >= 10 else 2) if np.isfinite(v) else "" for v in value]),  # noqa: PLR2004
        Field(Text("Residents", "常住人口"), [people(each) for each in heads]),
        *fields,
    ]
    own = [Field(each.label, [each.values[at] for at in order]) for each in every]
    layer = Circles(name, rows.iloc[order], fields=own, kind=ZONE, shown=shown)
    words = swatches.heading(title, note)
    limits = ["", *(_short(each) for each in breaks), ""]
    words += "".join(
        swatches.key_area(
            colour,
            f"< {high}" if not low else f"≥ {low}" if not high else f"{low} – {high}",
            border=palette.MUTED,
        )
        for colour, low, high in zip(colours, limits[:-1], limits[1:], strict=True)
    )
    if not known.all():
        words += swatches.key_area("#ffffff", Text("no way, or no value", "不可达或无数值"))
    if ring is not None and marked.any():
        words += swatches.key_mark(swatches.ring_mark(), ring)
    return layer, words + _sizes(heads)


def radii(amounts: Any) -> Any:
    """Radius of circles whose areas are as the amounts, in pixels; small ones stay visible."""
    most = max(float(np.max(amounts, initial=0.0)), 1e-9)
    return np.maximum(SMALLEST_PX, LARGEST_PX * np.sqrt(np.maximum(amounts, 0.0) / most))


def rounded_breaks(values: Any, *, classes: int = 5) -> list[float]:
    """Round numbers that part the values into classes of about equal count, each once."""
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    if not len(known):
        return [float(step) for step in range(1, classes)]
    found = np.quantile(known, np.arange(1, classes) / classes)
    size = 10.0 ** np.floor(np.log10(max(float(np.abs(found).max()), 1e-9)) - 1)
    found = np.round(found / size) * size
    for at in range(1, len(found)):  # equal ones move up a step, so that there are as many
        found[at] = max(found[at], found[at - 1] + size)
    return [float(each) for each in found]


def zone_name(row: Any) -> Text:
    """Name of a zone with its number."""
    english, chinese = (str(row.get(key) or "") for key in ("name", "name_zh"))
    number = row["zone_id"]
    if not english and not chinese:
        return Text(f"Zone {number}", f"小区 {number}")
    return Text(f"{english or chinese} (zone {number})", f"{chinese or english}（小区 {number}）")


def _sizes(heads: Any) -> str:
    most = float(np.max(heads, initial=0.0))
    if most <= 0:
        return ""
    step = people(most)
    return swatches.key_mark(
        swatches.circle_mark(),
        Text(f"area: residents, most {step.en}", f"面积：人口，最多 {step.zh}"),
    )


def _short(value: float) -> str:
    return plain(value, 0 if value == round(value) else 2)


def _called(row: Any) -> Text:
    english, chinese = (str(row.get(key) or "") for key in ("name", "name_zh"))
    return Text(english or chinese, chinese or english)


def _figures(values: "pd.Series[float]", pattern: str) -> list[str]:
    return ["" if finite(value) is None else pattern.format(value) for value in values]
