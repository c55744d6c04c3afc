import pytest

import transitplan as tp


@pytest.fixture
def two_banks():
    return tp.read_network("networks/two_banks/2025")


def test_closing_a_crossing_takes_both_directions_and_leaves_the_old_network(two_banks):
    version = two_banks.version
    closed = tp.close_crossing(two_banks, "M", reason="inspection")
    assert len(closed.links) == len(two_banks.links) - 2
    assert "M" not in set(closed.links["crossing_id"])
    assert closed.history == ("closed links 19, 20: crossing M: inspection",)
    assert two_banks.version == version != closed.version


def test_an_unknown_crossing_is_named_with_those_there_are(two_banks):
    with pytest.raises(tp.NotFoundError, match=r"'Q'; crossings with links: E, M, W"):
        tp.close_crossing(two_banks, "Q", reason="test")


def test_a_link_can_be_added_and_taken_out_again(two_banks):
    row = {
        "link_id": 900,
        "from_node_id": 23,
        "to_node_id": 13,
        "length_m": 11_200.0,
        "lane_capacity_pceph": 1500.0,
        "free_speed_kph": 60.0,
    }
    more = tp.add_links(two_banks, [row], reason="test")
    assert len(more.links) == len(two_banks.links) + 1
    assert tp.close_links(more, [900], reason="undo").version == two_banks.version


def test_a_taken_id_and_a_dangling_node_are_refused(two_banks):
    row = {"link_id": 1, "from_node_id": 23, "to_node_id": 13, "length_m": 1.0}
    with pytest.raises(tp.ValidationError, match="link ids 1 are taken"):
        tp.add_links(two_banks, [row], reason="test")
    row = {
        "link_id": 900,
        "from_node_id": 23,
        "to_node_id": 99,
        "length_m": 11_200.0,
        "lane_capacity_pceph": 1500.0,
        "free_speed_kph": 60.0,
    }
    with pytest.raises(tp.ValidationError, match="not in node.csv"):
        tp.add_links(two_banks, [row], reason="test")
