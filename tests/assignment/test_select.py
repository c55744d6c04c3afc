"""Who uses a link: the same law for every method, and answers worked out on paper."""

import pytest
from numpy.testing import assert_allclose

from tests.answers.cases import sioux_falls
from transitplan.assignment import (
    AllOrNothing,
    BiconjugateFrankWolfe,
    ConjugateFrankWolfe,
    FrankWolfe,
    PathBased,
    SuccessiveAverages,
    assign,
)
from transitplan.graph import compile_road

METHODS = [
    AllOrNothing(),
    SuccessiveAverages(),
    FrankWolfe(),
    ConjugateFrankWolfe(),
    BiconjugateFrankWolfe(),
    PathBased(),
]
IDS = [method.name for method in METHODS]


@pytest.mark.parametrize("method", METHODS, ids=IDS)
def test_flow_of_a_link_is_the_total_of_the_trips_that_use_it(method):
    network, demand, _ = sioux_falls()
    found = assign(compile_road(network), demand, method, gap=1e-6, max_iterations=60)
    for row in range(0, 76, 9):
        link = network.links["link_id"].iloc[row]
        picked = found.select([link])
        assert_allclose(picked.total_vph, found.flow_vph[row], rtol=1e-9)
        assert_allclose(picked.flow_vph[row], found.flow_vph[row], rtol=1e-9)
        assert (picked.flow_vph <= found.flow_vph * (1 + 1e-9) + 1e-9).all()
        assert (picked.trips_vph <= demand.trips_vph * (1 + 1e-9)).all()
