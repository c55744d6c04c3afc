"""The map of a difference: both networks under a slider, and above them what changed, by kind."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import folium
import numpy as np
import pandas as pd
import shapely
from folium.map import Layer

from transitplan.model.network import Network
from transitplan.model.network_map import MANY_LINKS
from transitplan.versions import words
from transitplan.versions.entries import Entry, entries
from transitplan.versions.kinds import (
    ADDED,
    CHANGED,
    LINE,
    MERGED,
    MOVED,
    REMOVED,
    RENUMBERED,
    RESHAPED,
    RETYPED,
    REVERSED,
    SPLIT,
    STOP,
)
from transitplan.versions.places import need_projection
from transitplan.viz import changes as drawn
from transitplan.viz import palette, swatches
from transitplan.viz.changes import AFTER, BEFORE, Book, Change, Changes, Fader, Mesh
from transitplan.viz.ground import ground_layers
from transitplan.viz.layers import Steps, as_steps
from transitplan.viz.maps import Legend, PlanMap, new_map
from transitplan.viz.segments import WGS84
from transitplan.viz.sheet import LARGE_LIMIT, SIZE_LIMIT, fitted
from transitplan.viz.text import Text
from transitplan.viz.words import ROAD_CLASSES

NARROW = 0.6  # of a road's width on other maps: changes are what is looked at
WIDE = 5.0  # pixels of a changed road
RING = 3.0  # pixels of its line
RINGS = {"node": 2.0, STOP: 2.0}  # there are many
DASHES = {LINE: "7 3"}


class Group(NamedTuple):
    """A layer of changes: which kinds, how drawn."""

    kinds: tuple[str, ...]
    colour: str
    words: Text
    dash: str = ""


_COLOURS = palette.CHANGE_COLOURS
GROUPS = (
    Group(
        (SPLIT, MERGED), _COLOURS["split"], Text("Roads split or merged", "拆分合并的道路"), "2 5"
    ),
    Group(
        (RESHAPED, MOVED, REVERSED),
        _COLOURS["reshaped"],
        Text("Roads of another course", "走向改变的道路"),
    ),
    Group((CHANGED,), _COLOURS["changed"], Text("Roads with other values", "属性改变的道路")),
    Group((RETYPED,), _COLOURS["retyped"], Text("Roads of another class", "等级改变的道路"), "9 4"),
    Group((REMOVED,), _COLOURS["removed"], Text("Roads removed", "删除的道路"), "8 6"),
    Group((ADDED,), _COLOURS["added"], Text("Roads added", "新增的道路")),
)
MARKS = {
    group.colour: words.KINDS[MOVED if MOVED in group.kinds else group.kinds[0]] for group in GROUPS
}
PLACES = {
    "zone": Text("Zones that differ", "有变化的小区"),
    "crossing": Text("Crossings that differ", "有变化的跨河通道"),
    "cluster": Text("Clusters and hubs that differ", "有变化的组团和枢纽"),
    "movement": Text("Turns that differ", "有变化的转向"),
    "node": Text("Nodes that differ", "有变化的节点"),
    LINE: Text("Transit lines that differ", "有变化的公交线路"),
    STOP: Text("Stops that differ", "有变化的站点"),
}


def map_of(
    a: Network,
    b: Network,
    changes: pd.DataFrame,
    *,
    ground: Mapping[str, Any] | None = None,
    tiles: str = "",
) -> PlanMap:
    """Draw the difference, simplified until the page keeps to its size.

    Raises
    ------
    ValidationError
        If the networks have no projection.
    """
    need_projection(a)
    found = list(entries(a, b, changes[changes["kind"] != RENUMBERED]))
    large = max(len(a.links), len(b.links)) >= MANY_LINKS
    return fitted(
        lambda tolerance_m: _drawing(a, b, changes, found, tolerance_m, ground or {}, tiles),
        limit=LARGE_LIMIT if large else SIZE_LIMIT,
    )


def _drawing(
    a: Network,
    b: Network,
    changes: pd.DataFrame,
    found: Sequence[Entry],
    tolerance_m: float,
    ground: Mapping[str, Any],
    tiles: str,
) -> PlanMap:
    lines = _Lines(a, b, tolerance_m)
    drawing = new_map(
        Text(f"{a.name} → {b.name}", f"{a.name} → {b.name}"),
        bounds=lines.bounds,
        note=_note(a, b, changes, found, tolerance_m),
        tiles=tiles,
    )
    drawn.prepare(drawing)
    both, only_a, only_b = lines.meshes()
    layers: list[tuple[Layer | tuple[Layer, ...], str]] = []
    networks = (
        drawn.Network(_called(a, Text("Before", "之前")), [both, only_a], pane=BEFORE),
        drawn.Network(_called(b, Text("After", "之后")), [both, only_b], pane=AFTER),
    )
    layers.append((networks, _class_legend([*a.links["facility_type"], *b.links["facility_type"]])))
    features = _features(found, lines)
    book = Book([feature.change for feature in features])
    groups = _road_layers(book, features) + _place_layers(book, features)
    layers += [(layer, text) for layer, text, _ in groups]
    below = ground_layers(ground)
    layers += [(layer, text) for layer, text in below if text]
    own = (both, only_a, only_b, book, *networks, *(layer for layer, _, _ in groups))
    for part in (*(layer for layer, _ in below), *own):
        drawing.add_child(part)
    drawing.add_child(folium.LayerControl(collapsed=False))
    drawing.add_child(Legend(layers))
    going = [layer for layer, _, kinds in groups if kinds == (REMOVED,)]
    coming = [layer for layer, _, kinds in groups if kinds == (ADDED,)]
    drawing.add_child(Fader(going, coming))
    return drawing


class _Feature(NamedTuple):
    table: str
    kinds: frozenset[str]
    change: Change


class _Lines:
    """Links of both networks as steps, a street of two directions once."""

    def __init__(self, a: Network, b: Network, tolerance_m: float) -> None:
        self.tolerance_m, self.crs = tolerance_m, need_projection(a)
        self.of_a, self.of_b = (self._roads(network) for network in (a, b))
        places_of_all = np.concatenate(
            [network.nodes[["x_m", "y_m"]].to_numpy() for network in (a, b)]
        )
        corners = self.steps(shapely.points(places_of_all))
        lat, lon = np.asarray(corners).T / 10**5
        self.bounds = (lon.min(), lat.min(), lon.max(), lat.max())

    def steps(self, shapes: Any) -> list[Steps]:
        """Projected shapes in steps of degrees."""
        import geopandas as gpd

        simple = shapely.simplify(shapes, self.tolerance_m)
        return as_steps(gpd.GeoSeries(simple, crs=self.crs).to_crs(WGS84).to_numpy())

    def _roads(self, network: Network) -> dict[tuple[str, tuple[int, ...]], None]:
        classes = network.links["facility_type"].tolist()
        steps = self.steps(network.link_lines())
        return dict.fromkeys(
            (kind, either_way(line)) for kind, line in zip(classes, steps, strict=True)
        )

    def meshes(self) -> tuple[Mesh, Mesh, Mesh]:
        """Lines of both networks, of the first only, of the second only."""
        shared = self.of_a.keys() & self.of_b.keys()
        return (
            _mesh(key for key in self.of_a if key in shared),
            _mesh(key for key in self.of_a if key not in shared),
            _mesh(key for key in self.of_b if key not in shared),
        )


def either_way(steps: Steps) -> tuple[int, ...]:
    """Return the line drawn from the end that sorts first: the same for both directions."""
    places = np.cumsum(np.reshape(steps, (-1, 2)), axis=0)
    if tuple(places[0]) <= tuple(places[-1]):
        return tuple(steps)
    back = np.diff(places[::-1], axis=0, prepend=[[0, 0]])
    return tuple(back.ravel().tolist())


def _mesh(roads: Iterator[tuple[str, tuple[int, ...]]]) -> Mesh:
    styles: dict[tuple[str, float], list[Steps]] = {}
    for kind, steps in roads:
        colour, width = palette.ROAD_STYLES.get(kind, (palette.HAIRLINE, 1.0))
        styles.setdefault((colour, round(width * NARROW, 2)), []).append(list(steps))
    return Mesh(styles)


def _features(found: Sequence[Entry], lines: _Lines) -> list[_Feature]:
    """Entries by where they lie: those of one street, or of one place, open in one popup."""
    located = [entry for entry in found if entry.place is not None]
    if not located:
        return []
    steps = lines.steps(np.array([entry.place for entry in located], dtype=object))
    at: dict[tuple[str, bool, tuple[int, ...]], list[Entry]] = {}
    for entry, line in zip(located, steps, strict=True):
        gone = entry.kinds == {REMOVED}  # fades with what was, apart from what replaces it
        at.setdefault((entry.table, gone, either_way(line)), []).append(entry)
    return [
        _Feature(
            table,
            frozenset(kind for entry in each for kind in entry.kinds),
            Change(list(place), _merged(each)),
        )
        for (table, _, place), each in at.items()
    ]


def _merged(each: Sequence[Entry]) -> list[tuple[Text, tuple[tuple[Text, Text], ...]]]:
    """Rows that say the same of several ids stand once: both directions of a street."""
    alike: dict[tuple[str, str, Text, tuple[tuple[Text, Text], ...]], list[str]] = {}
    for entry in each:
        alike.setdefault((entry.table, entry.name.en, entry.name, entry.rows), []).append(entry.ids)
    return [(_title(table, name, ids), rows) for (table, _, name, rows), ids in alike.items()]


def _title(table: str, name: Text, ids: Sequence[str]) -> Text:
    word, numbers = words.TABLES[table], ", ".join(ids)
    named = Text(f"{word.en} {numbers}", f"{word.zh} {numbers}")
    if not name.en and not name.zh:
        return Text(named.en[:1].upper() + named.en[1:], named.zh)
    return Text(f"{name.en or name.zh} ({named.en})", f"{name.zh or name.en}（{named.zh}）")


_Drawn = tuple[Layer, str, tuple[str, ...]]  # layer, words of its legend, kinds


def _road_layers(book: Book, features: Sequence[_Feature]) -> list[_Drawn]:
    layers: list[_Drawn] = []
    for group in GROUPS:
        rows = [
            (at, group.colour, WIDE, group.dash)
            for at, feature in enumerate(features)
            if feature.table == "link" and feature.kinds & set(group.kinds)
        ]
        if rows:
            name = _counted(group.words, len(rows))
            key = swatches.key_line(
                group.colour, WIDE, name, dashed=bool(group.dash), dash=group.dash
            )
            layers.append((Changes(name, book, rows, kind=group.words), key, group.kinds))
    return layers


def _place_layers(book: Book, features: Sequence[_Feature]) -> list[_Drawn]:
    layers: list[_Drawn] = []
    for table, title in PLACES.items():
        here = [
            (at, _colour(feature.kinds), RINGS.get(table, RING), DASHES.get(table, ""))
            for at, feature in enumerate(features)
            if feature.table == table
        ]
        if here:
            name = _counted(title, len(here))
            keys = "".join(
                _place_key(table, colour) for colour in dict.fromkeys(row[1] for row in here)
            )
            layer = Changes(name, book, here, kind=title)
            layers.append((layer, swatches.heading(title) + keys, ()))
    return layers


def _place_key(table: str, colour: str) -> str:
    if table == LINE:
        return swatches.key_line(colour, RING, MARKS[colour], dashed=True, dash=DASHES[LINE])
    return swatches.key_mark(swatches.change_mark(colour), MARKS[colour])


def _counted(title: Text, n: int) -> Text:
    return Text(f"{title.en} ({n})", f"{title.zh}（{n}）")


def _colour(kinds: frozenset[str]) -> str:
    """Colour of a place: of the kind that says most."""
    return next(group.colour for group in reversed(GROUPS) if kinds & set(group.kinds))


def _class_legend(present: Sequence[str]) -> str:
    there = set(present)
    return swatches.heading(Text("Roads before and after", "前后路网")) + "".join(
        swatches.key_line(colour, width * NARROW, ROAD_CLASSES[kind])
        for kind, (colour, width) in palette.ROAD_STYLES.items()
        if kind in there
    )


def _called(network: Network, word: Text) -> Text:
    return Text(f"{word.en}: {network.name}", f"{word.zh}：{network.name}")


def _note(
    a: Network, b: Network, changes: pd.DataFrame, found: Sequence[Entry], tolerance_m: float
) -> Text:
    """Say what the page compares, and what it cannot draw."""
    lost = sum(entry.place is None for entry in found)
    renumbered = int((changes["kind"] == RENUMBERED).sum())
    note = Text(
        f"Versions {a.version} and {b.version}. Click what is coloured for old and new values. "
        f"Lines within {tolerance_m:g} m of the data.",
        f"版本 {a.version} 与 {b.version}。点击彩色对象查看新旧数值。"
        f"线形误差不超过 {tolerance_m:g} 米。",
    )
    if lost:
        note += Text(
            f" Not on the map: {lost} of uses, delay curves, files …; the text lists them.",
            f"未绘出：车种、延误函数等 {lost} 项，见文字清单。",
        )
    if renumbered:
        note += Text(
            f" {renumbered} rows only have other ids.", f"{renumbered} 行仅编号不同，未绘出。"
        )
    return note
