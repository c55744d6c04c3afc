import numpy as np
import pytest

from transitplan.access.zone_map import least_served
from transitplan.viz.zones import radii, rounded_breaks


def test_areas_of_circles_are_as_the_amounts():
    found = radii(np.array([100.0, 400.0, 1600.0]))
    assert (found**2 / found[0] ** 2).tolist() == pytest.approx([1, 4, 16])


@pytest.mark.parametrize("values", [[1.0], [5.0] * 9, [0.0, 0.0, 3.0], [], [np.nan, np.inf, 2.0]])
def test_breaks_always_part_the_colours(values):
    found = rounded_breaks(values)
    assert len(found) == 4
    assert found == sorted(set(found))


def test_breaks_hold_about_equal_counts():
    values = np.random.default_rng(1).gamma(2.0, 1e4, 500)
    counts = np.histogram(values, [-np.inf, *rounded_breaks(values), np.inf])[0]
    assert counts.min() > 70


def test_the_least_served_are_a_share_of_people():
    rng = np.random.default_rng(2)
    values, heads = rng.uniform(0, 100, 40), rng.integers(0, 900, 40).astype(float)
    marked = least_served(values, heads)
    assert values[marked].max() <= values[~marked & (heads > 0)].min()
    share = heads[marked].sum() / heads.sum()
    last = heads[marked][np.argmax(values[marked])] / heads.sum()
    assert share - last < 0.2 <= share


@pytest.mark.parametrize(
    "values", [[0, 0, 0, 0, 5, 9, 30], [0] * 9, [55.4, 58, 60, 90, 400], [-3, 1]]
)
def test_no_class_at_the_low_end_is_empty(values):
    assert min(values) < rounded_breaks(values)[0]
