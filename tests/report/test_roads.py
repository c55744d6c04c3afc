import pytest

from transitplan.report.roads import merge_directions


def test_two_directions_are_one_line_and_their_flows_add(assessment):
    roads = merge_directions(assessment, [("none", 2025)])
    links = assessment.networks["none", 2025].links
    assert len(roads.segments) * 2 == len(links)
    flows = assessment.flows.query("option_id == 'none' and year == 2025")
    merged = roads.flows(assessment.flows, "none", 2025)
    assert merged["flow_vph"].sum() == pytest.approx(flows["flow_vph"].sum())
    both_ways = merged["forward_vph"] + merged["backward_vph"]
    assert both_ways.to_numpy() == pytest.approx(merged["flow_vph"].to_numpy())
    assert (merged[["forward_vph", "backward_vph"]] > 0).all().all()


def test_the_same_road_is_the_same_line_in_every_option(assessment):
    runs = [("none", 2035), ("huanggang-bridge", 2035), ("hangtian-tunnel", 2035)]
    roads = merge_directions(assessment, runs)
    alone = merge_directions(assessment, runs[:1])
    assert len(roads.segments) == len(alone.segments) + 2


def test_a_new_crossing_differs_by_all_its_traffic(assessment):
    roads = merge_directions(assessment, [("none", 2035), ("huanggang-bridge", 2035)])
    change = roads.difference(assessment.flows, "huanggang-bridge", 2035, against="none")
    own = change[roads.segments.loc[change.index, "crossing_id"] == "x_huanggang"]
    assert own["without_vph"].tolist() == [0.0]
    assert own["change_vph"].to_numpy() == pytest.approx(own["with_vph"].to_numpy())
