"""Rules about lengths: against the ends of a link, against its line, and none at all."""

from collections.abc import Iterator

import numpy as np
import shapely

from transitplan.arrays import Bools, Floats
from transitplan.inspection.rules import Found, Rule, Subject

SHORTER = 0.98  # of the straight line, rounding aside
ROUNDING_M = 10.0
SHAPE_LOW, SHAPE_HIGH, SHAPE_M = 0.8, 1.3, 100.0  # of the drawn line
DETOUR, DETOUR_M = 2.5, 300.0  # of the straight line, for links that are drawn straight


def shorter_than_straight(subject: Subject) -> Iterator[Found]:
    """Links shorter than their ends are apart."""
    if subject.network.crs is None:
        return
    length, straight = subject.length_m, subject.straight_m
    wrong = (length > 0) & (length < straight * SHORTER - ROUNDING_M)
    yield from _compared(subject, wrong, straight, "its ends are {:,.0f} m apart")


def other_than_line(subject: Subject) -> Iterator[Found]:
    """Curved links whose length is not that of their line."""
    curved = subject.links["geometry_id"].notna().to_numpy()
    if subject.network.crs is None or not curved.any():
        return
    drawn = shapely.length(subject.lines)
    length = subject.length_m
    wrong = curved & ((length < drawn * SHAPE_LOW) | (length > drawn * SHAPE_HIGH))
    wrong &= np.abs(length - drawn) > SHAPE_M
    yield from _compared(subject, wrong, drawn, "its line in geometry.csv is {:,.0f} m")


def long_for_straight(subject: Subject) -> Iterator[Found]:
    """Links drawn straight that are much longer than that."""
    if subject.network.crs is None:
        return
    winding = subject.links["facility_type"].isin(["connector", "ramp"])  # ramps are loops
    plain = (subject.links["geometry_id"].isna() & ~winding).to_numpy()
    wrong = plain & (subject.length_m > subject.straight_m * DETOUR + DETOUR_M)
    yield from _compared(subject, wrong, subject.straight_m, "its straight line is {:,.0f} m")


def zero(subject: Subject) -> Iterator[Found]:
    """Links without length that are no connectors."""
    wrong = (subject.length_m <= 0) & ~subject.is_connector
    for row in np.flatnonzero(wrong).tolist():
        yield subject.at_link(row, "its length is 0")


def _compared(subject: Subject, wrong: Bools, with_m: Floats, text: str) -> Iterator[Found]:
    for row in np.flatnonzero(wrong).tolist():
        beside = text.format(with_m[row])
        yield subject.at_link(row, f"length {subject.length_m[row]:,.0f} m, {beside}")


RULES = (
    Rule(
        "length-short", "warning", "link",
        "a length below the straight line between the ends",
        "长度小于两端直线距离",
        "Correct the length or the nodes.",
        "改正长度或节点坐标。",
        shorter_than_straight,
    ),
    Rule(
        "length-line", "warning", "link",
        "a length that is not that of the drawn line",
        "长度与几何线形不符",
        "Correct the length or the line in geometry.csv.",
        "改正长度或 geometry.csv 中的线形。",
        other_than_line,
    ),
    Rule(
        "length-detour", "note", "link",
        f"a straight line for a link more than {DETOUR:g} times as long",
        "路段远长于其直线线形",
        "Draw the line in geometry.csv, or correct the length.",
        "在 geometry.csv 中绘制线形，或改正长度。",
        long_for_straight,
    ),
    Rule(
        "length-zero", "warning", "link",
        "a link that is no connector and has no length",
        "非连接线的零长度路段",
        "Give its length, or join its two nodes.",
        "补上长度，或合并两端节点。",
        zero,
    ),
)  # fmt: skip
