import numpy as np
import pytest

import transitplan as tp


def test_a_negative_cell_is_named_by_class_and_zones():
    with pytest.raises(tp.ValidationError, match="class vehicles, zone 7 to 8: -1.0"):
        tp.build_demand([7, 8], [[0.0, -1.0], [0.0, 0.0]])


def test_a_matrix_of_the_wrong_shape_is_refused():
    with pytest.raises(tp.ValidationError, match=r"the shape must be \(1, 2, 2\)"):
        tp.build_demand([7, 8], np.zeros((3, 3)))


def test_the_caller_cannot_change_the_trips_afterwards():
    trips = np.ones((2, 2))
    demand = tp.build_demand([7, 8], trips)
    trips[:] = 99.0
    assert demand.total_vph == 4.0
    with pytest.raises(ValueError, match="read-only"):
        demand.trips_vph[0, 0, 0] = 1.0


def test_money_is_weighed_by_the_value_of_time():
    each = tp.UserClass("car", value_of_time_cny_per_h=36.0, distance_cost_cny_per_km=0.5)
    toll, length = np.array([10.0]), np.array([4000.0])
    # (10 + 0.5 × 4) CNY at 36 CNY/h are 1200 s
    assert each.money_s(toll, length) == pytest.approx(1200.0)


@pytest.mark.parametrize("field", ["pce", "value_of_time_cny_per_h"])
def test_a_class_without_a_positive_weight_is_refused(field):
    with pytest.raises(tp.ValidationError, match=f"class x: {field} is 0; it must be above 0"):
        tp.UserClass("x", **{field: 0})
