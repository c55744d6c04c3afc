"""A skim on a map: what each zone costs to reach from one of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from transitplan.errors import NotFoundError
from transitplan.model.network import Network
from transitplan.model.network_map import Base, place_layers
from transitplan.units import METRES_PER_KM, SECONDS_PER_MINUTE
from transitplan.viz.maps import PlanMap
from transitplan.viz.roads import faint_layer
from transitplan.viz.sheet import fitted, sheet, simplified
from transitplan.viz.text import Text
from transitplan.viz.zones import rounded_breaks, zone_layer

if TYPE_CHECKING:
    from transitplan.paths.skim import Skim

SHOWN = {  # unit of a field's name: divisor, label
    "_s": (SECONDS_PER_MINUTE, Text("Minutes", "分钟")),
    "_m": (METRES_PER_KM, Text("Kilometres", "公里")),
    "_cny": (1.0, Text("CNY", "元")),
}


def skim_map(
    found: "Skim",
    network: Network,
    origin: Any,
    field: str,
    *,
    ground: Mapping[str, Any] | None = None,
    tiles: str = "",
) -> PlanMap:
    """Draw a field of a skim from one zone; see ``Skim.to_map``."""
    if origin not in found.zone_ids:
        known = ", ".join(map(str, found.zone_ids[:5]))
        raise NotFoundError(f"to_map: no zone {origin!r}; the skim has {known} ….")
    base = Base(network, ground)
    zones = base.zones[base.zones["lat"].notna()].reset_index(drop=True)
    divisor, label = next(
        (each for unit, each in SHOWN.items() if field.endswith(unit)), (1.0, Text(field, field))
    )
    values = found[field].loc[origin].reindex(zones["zone_id"]).to_numpy(dtype=float) / divisor
    title = Text(f"{label.en} from zone {origin}", f"自小区 {origin} 的{label.zh}")
    start = (zones["zone_id"] == origin).to_numpy()

    def make(tolerance_m: float) -> PlanMap:
        shapes = base.segments.shapes(tolerance_m)
        circles = zone_layer(
            zones,
            values,
            name=title,
            title=title,
            label=label,
            breaks=rounded_breaks(values[np.isfinite(values) & ~start]),
            ringed=start,
            ring=Text("the zone itself", "起点小区"),
        )
        return sheet(
            Text(f"{network.name}: {title.en}", f"{network.name}：{title.zh}"),
            [faint_layer(shapes, base.segments.frame), circles, *place_layers(network, hubs=False)],
            shapes=[shapes],
            bounds=base.bounds,
            note=simplified(tolerance_m),
            ground=ground,
            tiles=tiles,
        )

    return fitted(make, limit=base.limit)
