"""Closure stress on a map: each crossing shut alone, where its traffic goes and what it costs."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from transitplan.assignment import Assignment, PathBased, assign
from transitplan.graph import compile_road
from transitplan.model.edits import close_crossing
from transitplan.report.subject import Subject
from transitplan.units import SECONDS_PER_HOUR
from transitplan.viz import palette, swatches
from transitplan.viz.layers import Circles, Field, Shapes
from transitplan.viz.places import placed_crossings
from transitplan.viz.roads import Drawn, change_layer
from transitplan.viz.text import Text, plain
from transitplan.viz.zones import radii, rounded_breaks


def closure_layers(
    subject: Subject,
    crossings: dict[str, tuple[Text, list[Any]]],
    found: pd.DataFrame,
    shapes: Shapes,
) -> list[Drawn]:
    """One layer a crossing with the change of flow when it is shut, and all losses as circles.

    Parameters
    ----------
    found
        What ``losses`` returns.
    """
    segments = subject.base.segments
    before = segments.total(subject.found.flow_vph)
    afters = {name: segments.total(row) for name, row in found["flow_vph"].items()}
    widest = max([1.0, *(float(np.abs(after - before).max()) for after in afters.values())])
    order = found["added_veh_h"].sort_values(ascending=False, kind="stable").index
    layers = []
    for place, name in enumerate(order):
        frame = pd.DataFrame(
            {
                "with_vph": afters[name],
                "without_vph": before,
                "change_vph": afters[name] - before,
                "facility_type": segments.frame["facility_type"],
                "structure": segments.frame["structure"],
            }
        )
        called = crossings[name][0]
        layers.append(
            change_layer(
                shapes,
                frame,
                name=Text(f"Without {called.en}", f"关闭{called.zh}"),
                title=Text(f"{called.en} shut: change of flow", f"关闭{called.zh}：流量变化"),
                note=Text(
                    "Against all open, both directions; thin grey: under {small} veh/h.",
                    "与全部开放相比，双向合计；细灰线：变化小于 {small} 辆/小时。",
                ),
                labels=(
                    Text("When it is shut [veh/h]", "关闭时 [辆/小时]"),
                    Text("All open [veh/h]", "全部开放 [辆/小时]"),
                ),
                widest_change=widest,
                shown=place == 0,
            )
        )
    return [*layers, _loss_layer(subject, found)]


def losses(subject: Subject, crossings: dict[str, tuple[Text, list[Any]]]) -> pd.DataFrame:
    """Solve each crossing shut alone; one row a crossing.

    Returns
    -------
    DataFrame
        Index crossing_id; added_veh_h (time in traffic more, an hour), unreachable_vph (trips
        without a way more), carried_vph (over it when all are open), flow_vph (of every link, in
        the order of the open network's link table).
    """
    start, demand = subject.found, subject.demand
    if demand is None:
        raise TypeError("losses need a demand")
    links = subject.network.links["link_id"]
    flow = pd.Series(start.flow_vph, index=links)
    rows = {}
    for name, (_, own) in crossings.items():
        shut = close_crossing(subject.network, name, reason="closed on the map")
        roads = compile_road(shut)
        found = assign(roads, demand, PathBased(), gap=subject.gap, start=start)
        there = pd.Series(found.flow_vph, index=shut.links["link_id"])
        rows[name] = {
            "added_veh_h": _spent_h(found) - _spent_h(start),
            "unreachable_vph": found.accounting["unreachable"] - start.accounting["unreachable"],
            "carried_vph": float(flow.loc[own].sum()),
            "flow_vph": there.reindex(links).fillna(0.0).to_numpy(),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _spent_h(found: Assignment) -> float:
    """Time in traffic of all vehicles in one hour [veh h]."""
    return float(found.flow_vph @ found.time_s) / SECONDS_PER_HOUR


def loss_fields(crossing_ids: Iterable[object], found: pd.DataFrame) -> list[Field]:
    """Lines of the popups of crossings; empty for those that were not shut."""
    rows = found.reindex(pd.Index(crossing_ids))

    def told(column: str, decimals: int = 0) -> list[str]:
        return ["" if np.isnan(value) else plain(value, decimals) for value in rows[column]]

    return [
        Field(
            Text("Shut: time in traffic more [veh·h an hour]", "关闭时增加行驶时间 [车时/小时]"),
            told("added_veh_h", 1),
        ),
        Field(
            Text("Shut: trips without a way [veh/h]", "关闭时无路可达出行 [辆/小时]"),
            told("unreachable_vph"),
        ),
        Field(Text("It carries [veh/h]", "现承担流量 [辆/小时]"), told("carried_vph")),
    ]


def loss_radii(crossing_ids: Iterable[object], found: pd.DataFrame) -> list[float]:
    """Radius of the circle around each crossing [px]; 0 for those that were not shut."""
    names = list(crossing_ids)
    shut = found.loc[[name for name in names if name in found.index], "added_veh_h"]
    radius = pd.Series(radii(shut.to_numpy(dtype=float)) + 3.0, index=shut.index)
    return [float(radius.get(name, 0.0)) for name in names]


def _loss_layer(subject: Subject, found: pd.DataFrame) -> Drawn:
    rows = placed_crossings(subject.network.crossings).set_index("crossing_id")
    own = rows.loc[[name for name in found.index if name in rows.index]]
    loss = found.loc[own.index, "added_veh_h"].to_numpy(dtype=float)
    lost = found.loc[own.index, "unreachable_vph"].to_numpy(dtype=float)
    breaks = rounded_breaks(loss)
    place = np.searchsorted(breaks, loss, side="right")
    frame = pd.DataFrame(
        {
            "lat": own["lat"],
            "lon": own["lon"],
            "radius": loss_radii(own.index, found),
            "fill": np.array(palette.AMOUNT_COLOURS, dtype=object)[place],
            "line": palette.INK,
            "line_px": np.where(lost > 0, 3.0, 1.2),
            "title": [subject.crossings[str(name)][0] for name in own.index],
        }
    )
    name = Text("What each closure costs", "各通道关闭损失")
    layer = Circles(name, frame, fields=loss_fields(own.index, found))
    words = swatches.heading(
        name,
        Text(
            "Time in traffic more while it is shut [veh·h an hour]; dark ring: trips are cut off.",
            "关闭期间增加的行驶时间 [车时/小时]；粗边：有出行无路可达。",
        ),
    )
    limits = ["", *(plain(each) for each in breaks), ""]
    return layer, words + "".join(
        swatches.key_area(
            colour, f"< {high}" if not low else f"≥ {low}" if not high else f"{low} – {high}"
        )
        for colour, low, high in zip(palette.AMOUNT_COLOURS, limits[:-1], limits[1:], strict=True)
    )
