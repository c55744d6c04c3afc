"""Traffic of two years of a case: a bar between both, and the change."""

import pandas as pd

from transitplan.errors import ValidationError
from transitplan.report.subject import Subject, subject_of_case
from transitplan.viz.controls import Swipe
from transitplan.viz.layers import Shapes
from transitplan.viz.roads import Drawn, change_layer, flow_layer
from transitplan.viz.text import Text, as_text


def earlier(subject: Subject) -> Subject:
    """Take the base year of the case that a later year is compared with.

    Raises
    ------
    ValidationError
        If there is no case, or it is the base year itself.
    """
    case = subject.case
    if case is None or subject.year in {None, case.base_year}:
        raise ValidationError(
            "map: compare draws the base year of a case beside a later one. Name a case folder, "
            "and --year where it is not the last."
        )
    return subject_of_case(case, year=case.base_year, gap=subject.gap)


def compare_layers(
    before: Subject, after: Subject, shapes: Shapes
) -> tuple[list[Drawn], list[Swipe]]:
    """Flow of both years as width at the two sides of a bar; their difference as colour.

    Roads are those of the later year; one that is not there any more is not drawn.
    """
    segments, links = after.base.segments, after.network.links["link_id"]
    rows = before.found.to_frame().set_index("link_id").reindex(links)
    frames = {
        "before": segments.flows(rows.fillna(0.0)),
        "after": segments.flows(after.found.to_frame()),
    }
    widest = max(1.0, *(float(frame["flow_vph"].max()) for frame in frames.values()))
    years = {"before": before.year, "after": after.year}
    sides = [
        flow_layer(
            shapes,
            frame,
            name=Text(f"Flow {years[side]}", f"{years[side]} 年流量"),
            title=Text(f"Flow {years[side]} [veh/h]", f"{years[side]} 年流量 [辆/小时]"),
            note=Text("Both directions. Dashed: tunnel.", "双向合计。虚线为隧道。"),
            widest_flow=widest,
            side=side,
        )
        for side, frame in frames.items()
    ]
    old, new = frames["before"], frames["after"]
    change = pd.DataFrame(
        {
            "with_vph": new["flow_vph"],
            "without_vph": old["flow_vph"],
            "change_vph": new["flow_vph"] - old["flow_vph"],
            "facility_type": new["facility_type"],
            "structure": new["structure"],
        }
    )
    between = change_layer(
        shapes,
        change,
        name=Text("Change of flow", "流量变化"),
        title=Text(
            f"{before.year} to {after.year}: change of flow",
            f"{before.year}–{after.year} 年流量变化",
        ),
        note=Text(
            "Both directions; thin grey: under {small} veh/h.",
            "双向合计；细灰线：变化小于 {small} 辆/小时。",
        ),
        labels=(
            Text(f"{after.year} [veh/h]", f"{after.year} 年 [辆/小时]"),
            Text(f"{before.year} [veh/h]", f"{before.year} 年 [辆/小时]"),
        ),
        widest_change=max(1.0, float(change["change_vph"].abs().max())),
    )
    between[0].overlay = True  # shown with the sides, not in turn with them
    return [between, *sides], [Swipe(as_text(str(before.year)), as_text(str(after.year)))]
