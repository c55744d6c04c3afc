"""Results of two versions against numbers made in other ways, and the laws of a difference."""

import json
from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import transitplan as tp
from tests.results.versions import DEMAND, GAP, TWO_BANKS, free_east, split, widen
from transitplan.errors import NotFoundError, ValidationError
from transitplan.model.cases import braess
from transitplan.results.diff import compare
from transitplan.results.roads import link_table
from transitplan.results.state import State
from transitplan.versions.reading import card_from

CARDS = [widen("wider", [1, 2, 19, 20]), free_east()]
WIDE = tp.apply_cards(TWO_BANKS, CARDS).network
KEYS = {
    "totals": ["class_name", "indicator"],
    "crossings": ["crossing_id", "direction"],
    "access": ["origin_id", "destination_id"],
    "reach": ["kind", "place_id", "within_min"],
    "links": ["link_id_before"],
    "trips": ["class_name"],
    "skims": ["class_name", "o_zone_id", "d_zone_id"],
}


@pytest.fixture(scope="module")
def found():
    return tp.diff_results(TWO_BANKS, WIDE, DEMAND, gap=GAP)


@pytest.fixture(scope="module")
def case():
    return tp.read_case("networks/two_banks")


@pytest.fixture(scope="module")
def solved():
    """The two equilibria, solved apart from what is tested, each from nothing."""
    return [tp.assign(tp.compile_road(n), DEMAND, gap=GAP) for n in (TWO_BANKS, WIDE)]


def test_flows_and_geh_are_those_of_two_assignments(found, solved):
    one, two = (each.to_frame().set_index("link_id")["flow_vph"] for each in solved)
    table = found.to_frame("links").set_index("link_id_before")
    np.testing.assert_allclose(table["flow_before_vph"].astype(float), one[table.index], atol=0.2)
    np.testing.assert_allclose(table["flow_after_vph"].astype(float), two[table.index], atol=0.2)
    pairs = zip(one, two, strict=True)
    by_hand = [(2 * (b - a) ** 2 / (a + b)) ** 0.5 if a + b else 0.0 for a, b in pairs]
    np.testing.assert_allclose(table.loc[one.index, "geh"], by_hand, atol=0.02)


def test_vehicle_kilometres_hours_and_speeds_by_hand(found, solved):
    table = found.to_frame("links").set_index("link_id_before")
    length = TWO_BANKS.links.set_index("link_id")["length_m"] / 1000
    now = solved[1].to_frame().set_index("link_id")
    km = now["flow_vph"] * length
    assert table["veh_km_after"].sum() == pytest.approx(km.sum(), rel=1e-5)
    speed = length / (now["time_s"] / 3600)
    np.testing.assert_allclose(table.loc[speed.index, "speed_after_kph"], speed, rtol=1e-4)
    hours = table["veh_h_after"] / length[table.index]
    np.testing.assert_allclose(table["veh_h_per_km_after"], hours, rtol=1e-12)


def test_times_are_those_of_networkx(found, solved):
    for side, each in zip(("before", "after"), solved, strict=True):
        links = each.roads.network.links.assign(time_s=each.time_s)
        links = links[each.roads.network.allowed("car")]
        graph = nx.DiGraph()
        for row in links.itertuples():
            graph.add_edge(row.from_node_id, row.to_node_id, weight=row.time_s)
        nodes = TWO_BANKS.nodes.dropna(subset="zone_id").set_index("zone_id")["node_id"]
        places = TWO_BANKS.clusters.set_index("cluster_id")["zone_id"].map(nodes)
        table = found.to_frame("access").set_index(["origin_id", "destination_id"])
        for (start, end), minutes in table[f"time_{side}_min"].items():
            wanted = nx.dijkstra_path_length(graph, places[start], places[end]) / 60
            assert minutes == pytest.approx(wanted, rel=1e-4)


def test_reach_by_hand(found):
    minutes = found.after.run.peak_time_s / 60
    jobs = TWO_BANKS.zones.set_index("zone_id")["jobs"]
    table = found.to_frame("reach").set_index(["kind", "place_id", "within_min"])
    for zone in TWO_BANKS.zones["zone_id"]:
        near = [other for other in jobs.index if minutes.loc[zone, other] <= 45]
        assert table.loc[("zone", str(zone), 45), "jobs_after"] == jobs[near].sum()
    zone = TWO_BANKS.clusters.set_index("cluster_id").loc["C2", "zone_id"]
    own = table["jobs_after"]
    assert own["cluster", "C2", 45] == own["zone", str(zone), 45]


def test_crossings_by_hand(found, solved):
    """Links 17 to 22 are the three crossings, odd ones to the north."""
    table = found.to_frame("crossings").set_index(["crossing_id", "direction"])
    flow = solved[1].to_frame().set_index("link_id")["flow_vph"]
    for crossing, north, south in (("W", 17, 18), ("M", 19, 20), ("E", 21, 22)):
        for direction, link in (("to_north", north), ("to_south", south)):
            told = table.loc[(crossing, direction), "flow_after_vph"]
            assert told == pytest.approx(flow[link], abs=0.2)
    whole = flow[[17, 19, 21]].sum()
    assert table.loc[("all", "to_north"), "flow_after_vph"] == pytest.approx(whole, abs=0.2)


def test_user_benefits_of_fixed_trips_are_the_cost_that_is_saved(found):
    """½ (T + T) (C₀ − C₁) summed over pairs is the fall of the links' total cost."""
    money = found.to_frame("benefits")
    money = money[money["class_name"] == "all"]
    totals = found.to_frame("totals")
    cost = totals[(totals["class_name"] == "all") & (totals["indicator"] == "cost")]
    saved = -cost["value_change"].iloc[0]
    assert money["benefit_cny_per_h"].sum() == pytest.approx(saved, abs=100)  # the gap's worth
    assert money["benefit_cny_per_year"].isna().all()


def test_a_case_puts_money_to_the_rest_and_to_a_year(case):
    money = tp.diff_results(TWO_BANKS, WIDE, DEMAND, case=case, gap=GAP).to_frame("benefits")
    hours = case.values["benefit_hours_per_day"] * case.values["days_per_year"]
    np.testing.assert_allclose(money["benefit_cny_per_year"], money["benefit_cny_per_h"] * hours)
    own = money[money["class_name"] == "all"].set_index("item")["benefit_cny_per_h"]
    assert {"accidents", "co2", "air"} <= set(own.index)
    assert own["toll"] == pytest.approx(-own["taker"], rel=1e-6)


@pytest.mark.parametrize("kind", list(KEYS))
def test_the_same_network_differs_nowhere(kind, found):
    table = compare(found.before, found.before).to_frame(kind)
    changes = table[[name for name in table if "_change" in name or "_relative" in name]]
    changes = changes.fillna(0.0)
    assert (changes == 0).all(axis=None)


def test_the_same_network_is_the_same(found):
    alike = tp.diff_results(TWO_BANKS, tp.read_network("networks/two_banks/2025"), DEMAND)
    assert alike.same
    assert "The results are the same." in alike.to_text()
    assert not found.same
    assert replace(found, geh=1e3, share=1e3).same


@pytest.mark.parametrize("kind", list(KEYS))
def test_the_difference_back_is_the_negative(kind, found):
    back = compare(found.after, found.before).to_frame(kind).set_index(KEYS[kind])
    table = found.to_frame(kind).set_index(KEYS[kind])
    for name in [name for name in table if "_change" in name and "best" not in name]:
        if "worst" not in name:
            one, two = table[name].astype(float), back.loc[table.index, name].astype(float)
            np.testing.assert_allclose(one, -two, rtol=1e-12, atol=1e-12, err_msg=name)
    if "best_change_cny" in table:
        np.testing.assert_allclose(table["best_change_cny"], -back["worst_change_cny"])


def test_parts_of_a_split_link_stand_beside_it_as_one_road():
    cut = split(TWO_BANKS, 1)
    for a, b, how, mine in (
        (TWO_BANKS, cut, "split", ("link_id_before", "link_id_after")),
        (cut, TWO_BANKS, "merged", ("link_id_after", "link_id_before")),
    ):
        found = tp.diff_results(a, b, DEMAND, gap=GAP)
        table = found.to_frame("links")
        [row] = table[table["how"] == how].to_dict("records")
        assert (row[mine[0]], row[mine[1]]) == (1, "901+902")
        assert row["length_after_km"] == pytest.approx(row["length_before_km"])
        assert row["time_after_s"] == pytest.approx(row["time_before_s"], rel=1e-4)
        assert row["geh"] < 0.01
        assert len(table) == len(TWO_BANKS.links)
        assert found.same


def test_unlike_parts_have_their_mean_by_length():
    """A zone's traffic joins between the parts: 0.3 km of one flow and 0.7 km of another."""
    cut = split(TWO_BANKS, 1, 0.3)
    found = tp.diff_results(TWO_BANKS, cut, DEMAND, gap=GAP)
    flow = found.after.found.flow_vph.copy()
    at = cut.links["link_id"].isin([901, 902]).to_numpy()
    flow[at] = [1000.0, 2000.0]
    run = replace(found.after.run, found=replace(found.after.found, flow_vph=flow))
    table = link_table(found.before, State(run), found.network.matching)
    [row] = table[table["how"] == "split"].to_dict("records")
    assert row["flow_after_vph"] == pytest.approx(0.3 * 1000 + 0.7 * 2000)
    assert row["veh_km_after"] == pytest.approx(row["flow_after_vph"] * row["length_after_km"])


def test_closed_and_new_roads_carry_nothing_in_the_other_version():
    network, demand = braess()
    closed = tp.close_links(network, [5], reason="the paradox")
    gone = tp.diff_results(network, closed, demand, gap=1e-10).to_frame("links")
    [row] = gone[gone["how"] == "removed"].to_dict("records")
    assert (row["link_id_before"], row["link_id_after"]) == (5, None)
    assert row["flow_change_vph"] == pytest.approx(-2.0, abs=1e-6)  # 2 of 6 take the new road
    assert row["geh"] == pytest.approx(2.0, abs=1e-6)  # √(2 × 2² / 2)
    assert np.isnan(row["time_change_s"])
    new = tp.diff_results(closed, network, demand, gap=1e-10).to_frame("links")
    assert new.loc[new["how"] == "added", "flow_change_vph"].tolist() == pytest.approx([2.0])


def test_braess_by_hand():
    """Six vehicles take 92 min with the road and 83 without it (Braess 1968)."""
    network, demand = braess()
    closed = tp.close_links(network, [5], reason="the paradox")
    found = tp.diff_results(network, closed, demand, gap=1e-10)
    [trips] = found.to_frame("trips").to_dict("records")
    assert (trips["time_before_min"], trips["time_after_min"]) == pytest.approx((92.0, 83.0))
    totals = found.to_frame("totals").set_index(["class_name", "indicator"])["value_after"]
    assert totals["all", "veh_h"] == pytest.approx(6 * 83 / 60)
    assert found.to_frame("access").empty
    assert found.to_frame("crossings").empty


def test_pairs_without_a_way_are_told_and_valued_with_a_case_only(case):
    network, demand = braess()
    cut = tp.close_links(network, [1, 2], reason="works")
    with pytest.raises(ValidationError):  # no trip is left to assign
        tp.diff_results(network, cut, demand)
    off = tp.apply_cards(TWO_BANKS, [buses_only(8)]).network
    found = tp.diff_results(TWO_BANKS, off, DEMAND, gap=1e-6)
    trips = found.to_frame("trips").set_index("class_name")
    assert (trips["lost_pairs"] == 2 * 7).all()
    lost = DEMAND.matrix("truck")
    gone = lost.loc[8].drop(8).sum() + lost[8].drop(8).sum()
    assert trips.loc["truck", "lost_trips_vph"] == pytest.approx(gone)
    skims = found.to_frame("skims").query("o_zone_id == 8 and d_zone_id == 1")
    assert np.isinf(skims["time_after_min"]).all()
    assert skims["time_change_min"].isna().all()
    assert "not valued" in found.to_text()
    money = tp.diff_results(TWO_BANKS, off, DEMAND, case=case, gap=1e-6).to_frame("benefits")
    own = money[(money["class_name"] == "all") & (money["item"] == "new_pairs")]
    assert own["benefit_cny_per_h"].iloc[0] < 0


def buses_only(zone):
    nodes = TWO_BANKS.nodes
    [node] = nodes.loc[nodes["zone_id"] == zone, "node_id"]
    links = TWO_BANKS.links
    own = links.loc[(links["from_node_id"] == node) | (links["to_node_id"] == node), "link_id"]
    return card_from(
        {
            "project": "buses only",
            "roadway_property_change": {
                "facility": {"links": {"model_link_id": own.tolist()}},
                "property_changes": {"allowed_uses": {"set": "bus"}},
            },
        }
    )


def test_other_trips_are_told(case):
    more = DEMAND.scaled(1.1)
    found = tp.diff_results(TWO_BANKS, TWO_BANKS, DEMAND, more, case=case, gap=1e-6)
    totals = found.to_frame("totals").set_index(["class_name", "indicator"])
    assert totals.loc[("all", "trips"), "value_relative"] == pytest.approx(0.1)
    assert "The trips differ" in found.to_text()
    assert set(found.to_frame("benefits")["gains"]) == {"users"}


def test_text_and_json_say_what_moved(found):
    text = found.to_text()
    for part in (
        "Peak hour",
        "Crossings, veh/h",
        "Access: ",
        "Within 45 min",
        "Mean trip",
        "Roads",
    ):
        assert part in text
    record = json.loads(found.to_json())
    assert not record["same"]
    assert set(record["tables"]) == {"totals", "crossings", "access", "reach", "trips", "benefits"}
    whole = json.loads(found.to_json(bulky=True))["tables"]
    assert len(whole["links"]) == len(TWO_BANKS.links)
    numbers = pd.DataFrame(whole["links"])["flow_after_vph"]
    np.testing.assert_array_equal(numbers, found.to_frame("links")["flow_after_vph"])
    assert "links" in repr(found)


def test_errors_say_what_to_do(found):
    with pytest.raises(NotFoundError, match="there are totals, crossings"):
        found.to_frame("speeds")
    network, demand = braess()
    other = tp.build_demand([1, 2], np.ones((2, 2)), classes=[tp.UserClass("bus")])
    with pytest.raises(ValidationError, match="Compare demands of like classes"):
        tp.diff_results(network, network, demand, other)
    with pytest.raises(ValidationError, match="the projection"):
        tp.diff_results(network, TWO_BANKS, demand)


def test_a_map_draws_what_moved(found, tmp_path):
    found.to_map().save(tmp_path / "map.html")
    html = (tmp_path / "map.html").read_text()
    [west] = found.to_frame("links").query("link_id_before == 17").to_dict("records")
    told = f"{west['flow_before_vph']:,.0f} → {west['flow_after_vph']:,.0f} (GEH {west['geh']:.1f})"
    assert told in html
    for words in ("Change of flow", "流量变化", "West bridge", "西桥"):
        assert words in html
    network, demand = braess()
    with pytest.raises(ValidationError, match="bare coordinates"):
        tp.diff_results(network, network, demand).to_map()
