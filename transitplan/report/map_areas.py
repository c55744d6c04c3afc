"""Layers of the map that draw areas: the reach of a cluster."""

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.viz.reach import HOW, reach_layer
from transitplan.viz.roads import Drawn
from transitplan.viz.text import Text, as_text

ON = {  # by mode: the conditions
    "car": Text("Empty roads, base network.", "畅通条件，现状路网。"),
    "transit": Text(
        "Weekday, half of the departures from 7 to 9; base network, nobody walks over the river.",
        "工作日 7–9 时，半数出发时刻可达；现状路网，步行不跨河。",
    ),
}


def reach_layers(assessment: Assessment) -> list[Drawn]:
    """What the case's chosen cluster reaches by each mode, the widest area below."""
    start = assessment.case.isochrones_from
    rows = assessment.isochrones
    rows = rows[rows["cluster_id"] == start]
    origin = names.short(names.places(assessment.case).get(start, as_text(start)))
    return [
        reach_layer(origin, mode, rows[rows["mode"] == mode].to_dict("records"), on=ON[mode])
        for mode in HOW
        if (rows["mode"] == mode).any()
    ]
