import numpy as np
import pytest
from shapely.geometry import LineString

from transitplan.viz.layers import Shapes
from transitplan.viz.maps import page
from transitplan.viz.sheet import TOLERANCES_M, fitted, sheet, simplified
from transitplan.viz.text import Text

WAVES = LineString([(117 + at / 500, 36.5 + 0.002 * np.sin(at)) for at in range(500)])


def _make(tried):
    def make(tolerance_m):
        tried.append(tolerance_m)
        line = WAVES.simplify(tolerance_m / 1e5)
        return sheet(
            Text("m", "图"),
            [],
            shapes=[Shapes([line], [Text("road", "路")])],
            bounds=(117.0, 36.0, 118.0, 37.0),
            note=simplified(tolerance_m),
        )

    return make


def test_lines_are_simplified_until_the_page_fits_and_the_page_says_so():
    whole = len(page(fitted(_make([]))).encode())
    tried = []
    found = page(fitted(_make(tried), limit=whole - 1))
    assert len(found.encode()) < whole
    assert tried == list(TOLERANCES_M)[: len(tried)]
    assert len(tried) > 1
    assert f"Roads drawn within {tried[-1]:g} m" in found
    assert f"误差不超过 {tried[-1]:g} 米" in found


def test_what_never_fits_is_warned_of():
    tried = []
    with pytest.warns(UserWarning, match="MB, more than 0.01"):
        fitted(_make(tried), limit=10_000)
    assert tried == list(TOLERANCES_M)
