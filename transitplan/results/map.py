"""The map of a comparison: where flow and time moved, both directions of a street on one line."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from transitplan.errors import ValidationError
from transitplan.model.network import Network
from transitplan.model.network_map import Base, place_layers
from transitplan.versions.kinds import REMOVED, SPLIT
from transitplan.viz import palette, swatches
from transitplan.viz.maps import Field, Lines, PlanMap, Shapes
from transitplan.viz.segments import WGS84
from transitplan.viz.sheet import fitted, sheet, simplified
from transitplan.viz.text import Text, as_text, plain, rounded
from transitplan.viz.words import ROAD_CLASSES

WIDEST = 11.0  # pixels
FAINT = 0.01  # share of the largest change below which a road is a hairline


class _Theme(NamedTuple):
    """What a layer draws: a column that sums over directions, its name and unit."""

    column: str
    name: Text
    unit: Text
    digits: int


THEMES = (
    _Theme("flow", Text("Change of flow", "流量变化"), Text("veh/h", "辆/小时"), 0),
    _Theme(
        "veh_h",
        Text("Change of time spent", "行驶时间变化"),
        Text("veh·h an hour", "车时/小时"),
        1,
    ),
)


def draw(
    before: Network,
    after: Network,
    links: pd.DataFrame,
    *,
    title: Text,
    note: Text,
    ground: Mapping[str, Any] | None = None,
    tiles: str = "",
) -> PlanMap:
    """Draw the changes of a table of links (``roads.link_table``) on a map.

    Parameters
    ----------
    ground, tiles
        As in ``Network.to_map``.

    Raises
    ------
    ValidationError
        If the networks have bare coordinates, which no map can place.
    """
    drawable(after)
    own = links[links["facility_type"] != "connector"].reset_index(drop=True)
    lines, segment = _segments(_lines(before, after, own))
    streets = _streets(own, segment)
    base = Base(after, ground)

    def make(tolerance_m: float) -> PlanMap:
        simple = shapely.simplify(lines, tolerance_m)
        placed = gpd.GeoSeries(simple, crs=after.crs).to_crs(WGS84).to_numpy()
        shapes = Shapes(
            placed,
            [_called(row) for row in streets.to_dict("records")],
            ids=streets["ids"].tolist(),
            named=((streets["name"] != "") | (streets["name_zh"] != "")).tolist(),
        )
        layers = [_layer(theme, streets, shapes, shown=at == 0) for at, theme in enumerate(THEMES)]
        return sheet(
            title,
            [*layers, *place_layers(after, hubs=False)],
            shapes=[shapes],
            bounds=base.segments.bounds,
            note=note + Text(" ", "") + simplified(tolerance_m),
            ground=ground,
            tiles=tiles,
        )

    return fitted(make, limit=base.limit)


def drawable(network: Network) -> None:
    """Refuse a network that no map can place."""
    if network.crs is None:
        raise ValidationError(
            f"{network.name}: it has bare coordinates, which no map can place. Give the network a "
            "projection (crs)."
        )


def _lines(before: Network, after: Network, links: pd.DataFrame) -> "np.ndarray[Any, Any]":
    """Line of each road: as it is now; as it was where it is gone or was cut to parts."""
    old = links["how"].isin([REMOVED, SPLIT]).to_numpy()
    found = np.empty(len(links), dtype=object)
    for network, column, mine in (
        (before, "link_id_before", old),
        (after, "link_id_after", ~old),
    ):
        row = pd.Index(network.links["link_id"]).get_indexer(pd.Index(links.loc[mine, column]))
        found[mine] = network.link_lines()[row]
    return found


def _segments(lines: "np.ndarray[Any, Any]") -> "tuple[Any, np.ndarray[Any, Any]]":
    """Lines in metres, each once whatever its direction, and the one of each road."""
    rounded_lines = shapely.set_precision(lines, 1.0, mode="pointwise")
    number, _ = pd.factorize(shapely.to_wkb(shapely.normalize(rounded_lines)))
    _, first = np.unique(number, return_index=True)
    return lines[first], number


def _streets(links: pd.DataFrame, segment: Any) -> pd.DataFrame:
    """Sums of both directions, and what each of them says; one row a segment."""
    told = [
        f"{plain(row['flow_before_vph'])} → {plain(row['flow_after_vph'])} "
        f"(GEH {plain(row['geh'], 1)})"
        for row in links.to_dict("records")
    ]
    ids = links["link_id_after"].where(links["link_id_after"].notna(), links["link_id_before"])
    frame = links.assign(segment=segment, told=told, ids=ids.astype(str))
    sums = {
        f"{name}_{side}": (f"{name}_{side}{unit}", "sum")
        for name, unit in (("flow", "_vph"), ("veh_h", ""))
        for side in ("before", "after", "change")
    }
    return frame.groupby("segment").agg(
        **sums,
        name=("name", "first"),
        name_zh=("name_zh", "first"),
        facility_type=("facility_type", "first"),
        how=("how", "first"),
        told=("told", "; ".join),
        ids=("ids", ", ".join),
    )


def _called(row: Any) -> Text:
    name, chinese = (str(row[key] or "") for key in ("name", "name_zh"))
    if not name and not chinese:
        kind = ROAD_CLASSES.get(row["facility_type"], as_text(row["facility_type"]))
        return Text(kind.en[:1].upper() + kind.en[1:], kind.zh)
    return Text(name or chinese, chinese or name)


def _layer(theme: _Theme, streets: pd.DataFrame, shapes: Shapes, *, shown: bool) -> Any:
    change = streets[f"{theme.column}_change"]
    largest = max(float(change.abs().max()), 1e-9)
    order = change.abs().sort_values(kind="stable").index
    own, size = streets.loc[order], change.abs().loc[order] / largest
    colours = [
        "" if share < FAINT else palette.MORE if more else palette.LESS
        for share, more in zip(size, change.loc[order] > 0, strict=True)
    ]
    rows = pd.DataFrame(
        {"shape": own.index, "colour": colours, "width": 1.0 + WIDEST * size, "dashed": False}
    )
    layer = Lines(theme.name, shapes, rows, fields=_fields(theme, own), shown=shown)
    return layer, _legend(theme, largest)


def _fields(theme: _Theme, own: pd.DataFrame) -> list[Field]:
    unit = Text(f" [{theme.unit.en}]", f" [{theme.unit.zh}]")
    values = {
        side: [plain(value, theme.digits) for value in own[f"{theme.column}_{side}"]]
        for side in ("change", "before", "after")
    }
    return [
        Field(Text("Change, both directions", "双向变化") + unit, values["change"]),
        Field(Text("Before", "之前") + unit, values["before"]),
        Field(Text("After", "之后") + unit, values["after"]),
        Field(Text("Flow by direction [veh/h]", "分方向流量 [辆/小时]"), own["told"].tolist()),
        Field(Text("In the two versions", "两版对应"), [HOW[how] for how in own["how"]]),
    ]


def _legend(theme: _Theme, largest: float) -> str:
    step = rounded(largest * 0.5, 1)
    words = swatches.heading(
        Text(f"{theme.name.en} [{theme.unit.en}]", f"{theme.name.zh} [{theme.unit.zh}]"),
        Text(
            f"Peak hour, both directions; thin grey: under {plain(largest * FAINT, theme.digits)}.",
            f"高峰小时，双向合计；细灰线：小于 {plain(largest * FAINT, theme.digits)}。",
        ),
    )
    keys: Sequence[tuple[str, Text]] = (
        (palette.MORE, Text("more", "增加")),
        (palette.LESS, Text("less", "减少")),
    )
    wide = 1.0 + WIDEST * step / largest
    amount = plain(step, theme.digits)
    return words + "".join(
        swatches.key_line(colour, wide, Text(f"{amount} {word.en}", f"{word.zh} {amount}"))
        for colour, word in keys
    )


HOW = {
    "same": Text("the same link", "同一路段"),
    "renumbered": Text("renumbered", "编号改变"),
    "moved": Text("moved", "移位"),
    "reversed": Text("turned round", "方向反转"),
    "split": Text("split into parts", "拆分"),
    "merged": Text("merged of parts", "合并"),
    "added": Text("new road", "新增道路"),
    "removed": Text("road that is gone", "删除道路"),
}
