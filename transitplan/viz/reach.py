"""Areas reached from a place within given times, the widest area below."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import shapely

from transitplan.viz import palette, swatches
from transitplan.viz.layers import Areas
from transitplan.viz.roads import Drawn
from transitplan.viz.text import Text, finite, people

HOW = {
    "car": Text("by car", "驾车"),
    "transit": Text("by public transport", "公共交通"),
}
DETAIL_DEG = 0.0005  # about 50 m


def reach_layer(
    origin: Text, mode: str, areas: Iterable[Mapping[Any, Any]], *, on: Text, shown: bool = False
) -> Drawn:
    """Draw what is reached from a place by a mode.

    Parameters
    ----------
    areas
        within_min, geometry (WGS-84) and population (persons; absent or NaN where not known).
    on
        The conditions, as a sentence.
    """
    how = HOW[mode]
    rows = sorted(areas, key=lambda row: -row["within_min"])
    limits = sorted({row["within_min"] for row in rows})
    colours = {
        limit: palette.REACH_COLOURS[min(place, len(palette.REACH_COLOURS) - 1)]
        for place, limit in enumerate(limits)
    }
    layer = Areas(
        Text(f"Reach from {origin.en} {how.en}", f"可达范围：{origin.zh}，{how.zh}"),
        [_feature(row, colours[row["within_min"]]) for row in rows],
        pane="reach",
        fields=[Text("Residents within [persons]", "覆盖常住人口 [人]")],
        shown=shown,
    )
    words = swatches.heading(
        Text(f"Reach from {origin.en} {how.en}", f"自{origin.zh}{how.zh}可达范围"), on
    )
    return layer, words + "".join(
        swatches.key_area(
            colours[limit], Text(f"within {limit:g} min", f"{limit:g} 分钟内"), opacity=0.75
        )
        for limit in limits
    )


def _feature(row: Mapping[Any, Any], colour: str) -> dict[str, Any]:
    simple = shapely.make_valid(shapely.simplify(row["geometry"], DETAIL_DEG))
    known = finite(row.get("population", np.nan))
    told = Text("", "") if known is None else people(known)
    limit = row["within_min"]
    return {
        "type": "Feature",
        "geometry": shapely.geometry.mapping(shapely.set_precision(simple, 1e-5)),
        "properties": {
            "style": {"color": "#4d463b", "weight": 0.7, "fillColor": colour, "fillOpacity": 0.75},
            "title": [f"Within {limit:g} min", f"{limit:g} 分钟内"],
            "values": [[told.en, told.zh] if told.en else None],
        },
    }
