import numpy as np
import pytest

import transitplan as tp
from transitplan.demand.distribution import fit_gravity, spread


def test_gravity_reaches_the_mean_asked_for():
    rng = np.random.default_rng(5)
    place = rng.random((8, 2)) * 30
    km = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)) + np.eye(8) * 2
    ends = np.full(8, 100.0)
    model = fit_gravity(ends, ends, km, mean_km=9.0)
    assert (model.trips * km).sum() / model.trips.sum() == pytest.approx(9.0, abs=1e-5)
    np.testing.assert_allclose(model.trips.sum(axis=1), ends, rtol=1e-6)
    logs = np.log(model.trips)
    # log T = a_i + b_j − b × km: the second difference holds b alone.
    second = logs[0, 1] + logs[2, 3] - logs[0, 3] - logs[2, 1]
    steps = km[0, 1] + km[2, 3] - km[0, 3] - km[2, 1]
    assert -second / steps == pytest.approx(model.deterrence_per_km, rel=1e-4)


@pytest.mark.parametrize(("mean_km", "message"), [(50.0, "more than"), (0.5, "less than")])
def test_a_mean_out_of_reach_is_refused(mean_km, message):
    km = np.array([[2.0, 10.0], [10.0, 2.0]])
    with pytest.raises(tp.ValidationError, match=message):
        fit_gravity(np.ones(2), np.ones(2), km, mean_km=mean_km)


def test_spreading_sends_all_trips_by_weight_and_distance():
    trips = spread(
        np.array([10.0, 0.0]),
        np.array([1.0, 3.0]),
        np.array([[0.0, 0.0], [0.0, 0.0]]),
        deterrence_per_km=0.1,
    )
    np.testing.assert_allclose(trips, [[2.5, 7.5], [0.0, 0.0]])
