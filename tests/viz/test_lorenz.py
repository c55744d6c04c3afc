"""The chart of Lorenz curves: ends in the corners, names in both languages, nothing overlaps."""

import re

import numpy as np

from transitplan.viz.lorenz import LEFT, SIDE, TOP, Lorenz, lorenz_chart
from transitplan.viz.text import Text


def test_curves_run_from_corner_to_corner_below_the_diagonal():
    share = np.linspace(0.0, 1.0, 5)
    svg = lorenz_chart(
        [Lorenz(Text("car", "小客车"), share, share**2, "#000000", "7 4")],
        across=Text("residents", "居民"),
        up=Text("jobs", "岗位"),
    )
    lines = [
        [tuple(map(float, pair.split(","))) for pair in points.split()]
        for points in re.findall(r'<polyline points="([^"]+)"', svg)
    ]
    low, high = (LEFT, TOP + SIDE), (LEFT + SIDE, TOP)
    for line in lines:
        assert line[0] == low
        assert line[-1] == high
    half = lines[1][2]
    assert half == (LEFT + SIDE / 2, TOP + SIDE * (1 - 0.25))  # a half of the people has a quarter
    for words in ("小客车", "car", "everybody the same", "人人相等", "居民", "jobs"):
        assert words in svg
    assert svg.count('stroke-dasharray="7 4"') == 2  # the curve and its key
