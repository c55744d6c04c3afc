"""Laws on random networks: islands, bans, tolls, parallel and constant links, no demand."""

from hypothesis import assume, given, settings
from numpy.testing import assert_allclose

from tests.laws import check_accounts, check_flows, check_used_routes, problems
from transitplan.assignment import BiconjugateFrankWolfe, PathBased, assign
from transitplan.errors import ValidationError
from transitplan.graph import compile_road
from transitplan.model.network import build_network

QUIET = settings(max_examples=600, deadline=None)


def solve(network, demand, method=None, gap=1e-9):
    try:
        return assign(compile_road(network), demand, method, gap=gap, threads=1)
    except ValidationError as error:
        assert "can be assigned" in str(error)  # noqa: PT017  the only reason there may be
        assume(False)  # noqa: FBT003  hypothesis has it so
        raise


@QUIET
@given(problems())
def test_flows_balance_trips_are_accounted_for_and_used_routes_cost_the_least(problem):
    network, demand = problem
    found = solve(network, demand)
    assert found.status == "converged"
    check_flows(found, demand)
    check_accounts(found, demand)
    check_used_routes(found, rtol=1e-4)


@QUIET
@given(problems())
def test_two_kinds_of_method_find_the_same_minimum(problem):
    network, demand = problem
    fine = solve(network, demand, PathBased())
    rough = solve(network, demand, BiconjugateFrankWolfe(), gap=1e-5)
    check_flows(rough, demand)
    slack = 2e-5 * max(fine.total_cost, 1e-9)
    assert_allclose(rough.objective, fine.objective, atol=slack, rtol=0)
    assert rough.lower_bound <= fine.objective + slack


@QUIET
@given(problems())
def test_more_capacity_never_raises_the_minimum(problem):
    network, demand = problem
    before = solve(network, demand)
    tables = {name: network.table(name) for name in network.table_names}
    wider = network.links.assign(lane_capacity_pceph=network.links["lane_capacity_pceph"] * 1.5)
    after = solve(build_network({**tables, "link": wider}), demand)
    assert after.objective <= before.objective + 2e-9 * max(before.total_cost, 1e-9)
