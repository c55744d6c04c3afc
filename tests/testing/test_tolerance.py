"""Limits of what counts as moved, against their definitions."""

import numpy as np
import pytest

from transitplan.arrays import geh
from transitplan.errors import ValidationError
from transitplan.testing.tolerance import Tolerance, tolerance_from


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [  # worked by hand from √(2 (a − b)² / (a + b)): √(2·100²/800) = 5, √(2·400²/2000) = √160
        (350.0, 450.0, 5.0),
        (800.0, 1200.0, 160**0.5),
        (0.0, 50.0, 10.0),
        (0.0, 0.0, 0.0),
    ],
)
def test_geh_by_hand(old, new, expected):
    found = geh(np.array([old, new]), np.array([new, old]))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("limits", "within", "beyond"),
    [
        ({"absolute": 0.5}, [100.5, 99.5], [100.51, 99.49]),
        ({"relative": 0.01}, [101.0, 99.0], [101.01, 98.99]),
        ({"geh": 1.0}, [100.0, 109.0], [115.0, 85.0]),
        ({"absolute": 0.5, "relative": 0.01}, [101.0, 99.0], [101.01, 98.99]),
        ({"absolute": 0.0}, [100.0], [100.001, np.nan, np.inf]),
    ],
)
def test_a_value_within_any_limit_has_not_moved(limits, within, beyond):
    limit = tolerance_from(limits, where="here")
    for values, moved in ((within, False), (beyond, True)):
        old = np.full(len(values), 100.0)
        assert ((limit.excess(old, np.array(values)) > 1) == moved).all(), (limits, values)


def test_what_is_empty_or_unreachable_stays_so():
    both = np.array([np.nan, np.inf])
    for limits in ({"absolute": 0.0}, {"relative": 0.1}, {"geh": 1.0}):
        limit = Tolerance(**limits)
        assert (limit.excess(both, both.copy()) == 0).all()
        assert (limit.excess(both, np.array([1.0, 1.0])) > 1).all()


@pytest.mark.parametrize("limits", [{}, {"absolute": -1.0}, {"percent": 1.0}, {"geh": "x"}, 3])
def test_limits_that_are_none_are_refused(limits):
    with pytest.raises(ValidationError, match=r"tolerance"):
        tolerance_from(limits, where="[flows] flow_pceph")
