"""Which card moved an indicator: by hand, by brute force, and laws."""

import json
from itertools import permutations

import pytest

import transitplan as tp
from tests.results.versions import DEMAND, TWO_BANKS, free_east, widen
from transitplan.errors import ValidationError
from transitplan.model.cases import grid, two_routes
from transitplan.results.causes import DEMAND as TRIPS
from transitplan.versions.cards import Card

GAP = 1e-9
WIDE, RAMP, TOLL = widen("wide", [19, 20]), widen("ramp", [1, 2], needs=["wide"]), free_east()
CARDS = [WIDE, RAMP, TOLL]


def spent_h(network, demand=DEMAND):
    found = tp.assign(tp.compile_road(network), demand, gap=GAP)
    slower = [found.roads.in_rows(found.roads.slower_s(each.use)) for each in found.classes]
    times = zip(found.class_flow_vph, slower, strict=True)
    return sum(float(flow @ (found.time_s + more)) for flow, more in times) / 3600


def by_hand(cards):
    """Shares over all possible orders of application, each network solved from nothing."""
    known = {}

    def value(some):
        key = frozenset(card.project for card in some)
        if key not in known:
            given = [card for card in cards if card.project in key]
            known[key] = spent_h(tp.apply_cards(TWO_BANKS, given).network if given else TWO_BANKS)
        return known[key]

    orders = [
        order
        for order in permutations(cards)
        if all(
            set(card.dependencies.prerequisites) <= {each.project for each in order[:place]}
            for place, card in enumerate(order)
        )
    ]
    shares = {card.project: 0.0 for card in cards}
    for order in orders:
        for place, card in enumerate(order):
            shares[card.project] += (value(order[: place + 1]) - value(order[:place])) / len(orders)
    return shares, known


@pytest.fixture(scope="module")
def found():
    return tp.attribute(TWO_BANKS, CARDS, ["veh_h", "volume:M", "time:C1->C4"], DEMAND, gap=GAP)


def of(found, indicator, column="shapley"):
    table = found.to_frame()
    return table[table["indicator"] == indicator].set_index("part")[column]


def test_shares_are_those_of_all_orders_by_hand(found):
    shares, known = by_hand(CARDS)
    told = of(found, "veh_h")
    for name, share in shares.items():
        assert told[name] == pytest.approx(share, abs=0.05)
    every = frozenset(shares)
    left, first = of(found, "veh_h", "left_out"), of(found, "veh_h", "first_in")
    assert left["wide"] == pytest.approx(known[every] - known[frozenset({"no toll"})], abs=0.05)
    assert left["ramp"] == pytest.approx(known[every] - known[every - {"ramp"}], abs=0.05)
    both, alone = known[frozenset({"wide", "ramp"})], known[frozenset({"wide"})]
    assert first["ramp"] == pytest.approx(both - alone, abs=0.05)
    assert found.solved == len(known) == 6  # sets in which the ramp has its bridge


@pytest.mark.parametrize("indicator", ["veh_h", "volume:M", "time:C1->C4"])
def test_shares_sum_to_the_change_and_the_rest_is_shown(found, indicator):
    [value] = found.values[found.values["indicator"] == indicator].to_dict("records")
    for column in ("first_in", "left_out", "shapley"):
        own = of(found, indicator, column)
        assert own["total"] == pytest.approx(value["after"] - value["before"])
        assert own.drop("total").sum() == pytest.approx(own["total"])
    assert of(found, indicator)["interaction"] == pytest.approx(0, abs=1e-9)


def test_a_card_left_out_says_what_goes_with_it(found):
    assert of(found, "veh_h", "needs")["ramp"] == "wide"
    assert of(found, "veh_h", "needed_by")["wide"] == "ramp"
    assert "ramp (needs wide)" in found.to_text()
    assert "takes along those that need it" in found.to_text()


def test_a_card_that_changes_nothing_here_has_no_share_and_costs_no_equilibrium():
    """Bus lanes on paper: the value is what it was."""
    null = widen("null", [1], by=0)
    table = tp.attribute(TWO_BANKS, [WIDE, null], "veh_h", DEMAND, gap=GAP)
    assert of(table, "veh_h")["null"] == 0
    assert of(table, "veh_h", "left_out")["null"] == 0
    assert table.solved == 2


def test_cards_that_do_the_same_have_equal_shares():
    """The two ways round a square, by symmetry."""
    network, demand = grid(2, 2, trips_vph=900.0)
    links = network.links
    east = links["from_node_id"].isin([1, 2]) & links["to_node_id"].isin([1, 2])
    west = links["from_node_id"].isin([3, 4]) & links["to_node_id"].isin([3, 4])
    cards = [
        widen(name, links.loc[some, "link_id"].tolist())
        for name, some in (("one", east), ("two", west))
    ]
    shares = of(tp.attribute(network, cards, "delay_h", demand, gap=1e-10), "delay_h")
    assert shares["one"] == pytest.approx(shares["two"], rel=1e-4)
    assert shares["one"] < -0.1


def test_the_change_of_trips_is_a_part():
    more = DEMAND.scaled(1.05)
    found = tp.attribute(TWO_BANKS, [WIDE], "trips", DEMAND, more, gap=1e-6)
    shares = of(found, "trips")
    assert shares[TRIPS] == pytest.approx(0.05 * DEMAND.total_vph)
    assert shares["wide"] == pytest.approx(0)
    assert found.solved == 4


def test_cards_that_need_each_other_are_one_part():
    one, two = widen("a", [1], along=["b"]), widen("b", [2], along=["a"])
    found = tp.attribute(TWO_BANKS, [one, two, WIDE], "veh_h", DEMAND, gap=1e-6)
    assert set(of(found, "veh_h").index) == {"a + b", "wide", "interaction", "total"}
    assert found.solved == 4


def test_a_corequisite_comes_first():
    one, two = widen("a", [1], along=["b"]), widen("b", [2])
    found = tp.attribute(TWO_BANKS, [one, two], "veh_h", DEMAND, gap=1e-6)
    assert of(found, "veh_h", "needs").drop(["interaction", "total"]).to_dict() == {
        "a": "b",
        "b": "",
    }


def test_user_benefit_is_the_fall_of_the_cost_for_fixed_trips():
    found = tp.attribute(TWO_BANKS, [WIDE, TOLL], ["user_benefit", "cost"], DEMAND, gap=GAP)
    gain, cost = of(found, "user_benefit"), of(found, "cost")
    for part in ("wide", "no toll", "total"):
        assert gain[part] == pytest.approx(-cost[part], abs=20)


def test_indicators_by_hand():
    """Two routes of 600 s and 900 s, 3000 veh/h: known flows, times and reach."""
    network, demand = two_routes()
    wider = widen("wider", [1])
    found = tp.attribute(network, [wider], ["flow:1", "veh_h", "trip_min"], demand, gap=1e-10)
    values = found.values.set_index("indicator")
    assert values.loc["flow:1", "before"] == pytest.approx(1750.0, abs=1e-3)
    own = tp.assign(tp.compile_road(tp.apply_cards(network, [wider]).network), demand, gap=1e-10)
    assert values.loc["flow:1", "after"] == pytest.approx(own.flow_vph[0], abs=1e-2)
    spent = float(own.flow_vph @ own.time_s)
    assert values.loc["veh_h", "after"] == pytest.approx(spent / 3600, rel=1e-6)
    assert values.loc["trip_min", "after"] == pytest.approx(spent / 60 / 3000, rel=1e-6)


SOME = [
    ("jobs_45min:C2", 45, "jobs"),
    ("people_30min:3", 30, "population"),
]


def test_reach_length_and_access_of_a_state():
    from transitplan.results.indicators import indicator
    from transitplan.results.state import solve

    state = solve(TWO_BANKS, DEMAND, gap=1e-6)
    minutes = state.run.peak_time_s / 60
    zones = TWO_BANKS.zones.set_index("zone_id")
    for text, limit, column in SOME:
        row = minutes.loc[{"C2": 2}.get(text.partition(":")[2], 3)]
        wanted = zones.loc[row.index[row <= limit], column].sum()
        assert indicator(text, TWO_BANKS).value(state, state) == wanted
    km = indicator("length:1->4", TWO_BANKS).value(state, state)
    assert km == state.run.distance_km.loc[1, 4]
    places = TWO_BANKS.clusters.query("kind == 'cluster'")["zone_id"]
    own = [minutes.loc[i, j] for i in places for j in places if i != j]
    assert indicator("mean_access", TWO_BANKS).value(state, state) == pytest.approx(
        sum(own) / len(own)
    )
    north = indicator("volume:W:north", TWO_BANKS).value(state, state)
    both = indicator("volume:W", TWO_BANKS).value(state, state)
    flow = state.run.flows.set_index("link_id")["flow_vph"]
    assert (north, both) == pytest.approx((flow[17], flow[17] + flow[18]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("vehh", "Did you mean veh_h"),
        ("speeds", "jobs_45min:C1: jobs within"),
        ("time:C1", "name two places"),
        ("time:C1->C44", "no place 'C44'; there is|are C4"),
        ("volume:Q", "no crossing 'Q'; there are E, M, W, all"),
        ("volume:W:up", "the bank is north or south"),
        ("flow:999", "no link '999'"),
        ("jobs_45min:X", "no place 'X'"),
        ("veh_h:C1", "is not known"),
    ],
)
def test_a_misspelt_indicator_says_what_there_is(text, said):
    with pytest.raises(ValidationError, match=said):
        tp.attribute(TWO_BANKS, CARDS, text, DEMAND)


def test_a_dash_between_places_is_understood():
    from transitplan.results.indicators import indicator

    one, two = (indicator(text, TWO_BANKS) for text in ("time:C1-C4", "time:C1 → C4"))
    assert one.label == two.label


def test_cards_that_do_not_say_what_they_need_are_told_before_anything_is_solved():
    link = {"A": 11, "B": 13, "model_link_id": 900, "name": "Bypass", "facility_type": "trunk"}
    first = Card.model_validate(
        {
            "project": "bypass",
            "roadway_addition": {
                "links": [
                    {
                        **link,
                        "length_m": 9000,
                        "lanes": 2,
                        "free_speed_kph": 60.0,
                        "lane_capacity_pceph": 1100.0,
                        "allowed_uses": "all",
                    }
                ]
            },
        }
    )
    with pytest.raises(ValidationError, match="without bypass: name what it builds on"):
        tp.attribute(TWO_BANKS, [first, widen("more", [900])], "veh_h", DEMAND)


def test_nothing_to_split_is_an_error():
    with pytest.raises(ValidationError, match="there are no cards, and the trips are the same"):
        tp.attribute(TWO_BANKS, [], "veh_h", DEMAND)
    with pytest.raises(ValidationError, match="name an indicator"):
        tp.attribute(TWO_BANKS, CARDS, [], DEMAND)


def test_json_holds_values_and_causes(found):
    record = json.loads(found.to_json())
    assert {row["part"] for row in record["causes"]} >= {"wide", "ramp", "no toll", "total"}
    assert len(record["values"]) == 3
    assert found.moved


def test_beyond_the_sets_that_can_be_solved_orders_are_drawn(monkeypatch):
    """As with many cards, but with few: at most 4 sets may be solved, and there are 8."""
    network, demand = grid(2, 2, trips_vph=900.0)
    cards = [widen(f"card {link}", [link]) for link in (1, 3, 5)]
    exact = of(tp.attribute(network, cards, "delay_h", demand, gap=1e-8), "delay_h")
    monkeypatch.setattr("transitplan.appraisal.attribution.EXACT_PARTS", 2)
    drawn = tp.attribute(network, cards, "delay_h", demand, gap=1e-8)
    own = drawn.to_frame().set_index("part")
    assert own["shapley"].drop("total").sum() == pytest.approx(own.loc["total", "shapley"])
    off = (own["shapley"] - exact).abs()
    assert (off <= 5 * own["shapley_error"] + 1e-6).all()
    assert "drawn orders" in drawn.to_text()


def test_what_the_gap_leaves_open_is_told_where_money_is_asked_for():
    found = tp.attribute(TWO_BANKS, [WIDE], "user_benefit", DEMAND, gap=1e-5)
    assert f"within {found.cost_error_cny_per_h:,.0f} CNY/h" in found.to_text()
    assert found.cost_error_cny_per_h > 0
