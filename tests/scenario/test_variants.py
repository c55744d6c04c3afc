import numpy as np
import pytest

import transitplan as tp
from transitplan.errors import NotFoundError
from transitplan.scenario.run import Runner, whole
from transitplan.scenario.variants import Toll, Variant, variant_demand, variant_network

OPTIONS = ("middle-bridge", "middle-tunnel")


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


def flow_over(run, crossing):
    on_it = (run.network.links["crossing_id"] == crossing).to_numpy()
    return run.flows.loc[on_it, "flow_vph"].sum()


def test_variants_that_say_the_same_are_equal():
    one = Variant(2025, built=("b", "a"), closed=("w", "e", "w"))
    other = Variant(2025, built=("a", "b"), closed=("e", "w"))
    assert one == other
    assert hash(one) == hash(other)
    assert one.name == "a+b 2025, without e, without w"


def test_a_closed_crossing_carries_nothing_and_is_the_network_without_it(case):
    crossing = case.network.links["crossing_id"].loc[lambda ids: ids != ""].iloc[0]
    with Runner(case, processes=1) as runner:
        found = runner.take([Variant(2025), Variant(2025, closed=(crossing,))], whole)
    before, after = found.values()
    assert flow_over(before, crossing) > 0
    assert crossing not in set(after.network.links["crossing_id"])
    removed = tp.close_crossing(case.network, crossing, reason="by hand")
    assert after.network.version == removed.version
    assert after.class_totals["cost_s"].sum() > before.class_totals["cost_s"].sum()


@pytest.mark.parametrize("answer", [{"elasticity": -0.5}, {"response": "modes"}])
def test_trips_answer_against_the_base_where_a_crossing_is_narrowed_too(case, answer):
    whole_width = Variant(2025, ("middle-bridge",), **answer)
    hardly = Variant(2025, ("middle-bridge",), narrowed=(("W", 1.0 - 1e-9),), **answer)
    with Runner(case, gap=1e-7, processes=1) as runner:
        one, other = runner.take([whole_width, hardly], whole).values()
    assert one.demand.total_vph != pytest.approx(case.demand(2025).total_vph, rel=1e-4)
    assert other.demand.total_vph == pytest.approx(one.demand.total_vph, rel=1e-5)


def test_a_toll_is_paid_once_a_passage_by_its_use_alone(case):
    network = variant_network(case, Variant(2025, tolls=(Toll("E", "car", 9.0),)))
    links = network.links
    on_it = links["crossing_id"] == "E"
    assert (links.loc[on_it, "toll_cny"] == 9.0).all()
    before = case.network.links
    trucks = before["toll_truck_cny"].fillna(before["toll_cny"])
    assert links["toll_truck_cny"].tolist() == trucks.tolist()
    assert links.loc[~on_it, "toll_cny"].tolist() == before.loc[~on_it, "toll_cny"].tolist()


def test_a_toll_keeps_traffic_away_and_its_revenue_is_toll_times_passages(case):
    tolled = Variant(2025, tolls=(Toll("E", "car", 9.0), Toll("E", "truck", 9.0)))
    with Runner(case, processes=1) as runner:
        before, after = runner.take([Variant(2025), tolled], whole).values()
    assert flow_over(after, "E") < flow_over(before, "E")
    paid = after.class_totals["toll_cny"].sum()  # no other crossing of this case has a toll
    assert paid == pytest.approx(9.0 * flow_over(after, "E"), rel=1e-9)


def test_a_scaled_world_has_its_own_base(case):
    world = Variant(2025, built=OPTIONS[:1], trips=1.2, value_of_time=0.5)
    assert world.base == Variant(2025, trips=1.2, value_of_time=0.5)
    demand, plain = variant_demand(case, world), variant_demand(case, Variant(2025))
    np.testing.assert_allclose(demand.trips_vph, 1.2 * plain.trips_vph)
    assert [each.value_of_time_cny_per_h for each in demand.classes] == [
        0.5 * each.value_of_time_cny_per_h for each in plain.classes
    ]


def test_elastic_demand_grows_where_a_crossing_saves_time(case):
    with Runner(case, processes=1) as runner:
        fixed, grown = runner.take(
            [Variant(2025, built=OPTIONS[:1]), Variant(2025, built=OPTIONS[:1], elasticity=-0.5)],
            whole,
        ).values()
    assert grown.demand.total_vph > fixed.demand.total_vph
    assert fixed.demand.total_vph == pytest.approx(variant_demand(case, Variant(2025)).total_vph)


def test_answers_do_not_depend_on_what_was_asked_before(case):
    wanted = Variant(2025, built=OPTIONS[:1], trips=1.1)
    with Runner(case, processes=1) as runner:
        alone = runner.take([wanted], whole)[wanted]
    with Runner(case, processes=2) as runner:
        runner.take([Variant(2035), Variant(2025, trips=1.1), Variant(2025)], whole)
        late = runner.take([Variant(2025, closed=("E",)), wanted], whole)[wanted]
        solved = runner.solved
        assert runner.take([wanted], whole)[wanted] is late
        assert runner.solved == solved
    assert late.flows.equals(alone.flows)


def test_unknown_options_and_crossings_are_named(case):
    with pytest.raises(NotFoundError, match="no option 'pier'"):
        variant_network(case, Variant(2025, built=("pier",)))
    with pytest.raises(NotFoundError, match="no link belongs to crossing 'X99'"):
        variant_network(case, Variant(2025, tolls=(Toll("X99", "car", 1.0),)))
