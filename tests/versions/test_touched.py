"""Which card touched which row: all ids, the file of the card, old and new values."""

import pandas as pd
import pytest

import transitplan as tp
from transitplan.versions.apply import apply_cards
from transitplan.versions.reading import card_files, card_from, read_card, read_cards, write_card


@pytest.fixture(scope="module")
def network():
    return tp.read_network("networks/two_banks/2025")


def lanes(project, ids, **rule):
    return card_from(
        {
            "project": project,
            "roadway_property_change": {
                "facility": {"links": {"model_link_id": ids}},
                "property_changes": {"lanes": rule},
            },
        }
    )


def test_every_row_that_a_card_changed_is_listed_with_its_file(network, tmp_path):
    ids = list(range(1, 13))
    path = write_card(lanes("wider", ids, change=1), tmp_path / "wider.yml")
    rows = apply_cards(network, read_cards(path)).touched()
    before = network.links.set_index("link_id").loc[ids, "lanes"]
    assert rows["id"].tolist() == ids  # all of them, not the first few
    assert rows["old"].tolist() == before.tolist()
    assert rows["new"].tolist() == (before + 1).tolist()
    assert set(rows["file"]) == {str(path)}
    assert set(rows["property"]) == {"lanes"}


def test_rows_touched_explain_the_whole_difference(network):
    """What a diff finds without the cards is what the cards say that they touched."""
    closed = card_from(
        {
            "project": "closed",
            "changes": [
                {"crossing": {"crossing_id": "E", "closed": True}},
                {"crossing": {"crossing_id": "W", "toll_cny": 7, "status": "planned"}},
            ],
        }
    )
    done = apply_cards(network, [lanes("diet", [1, 2], set=1), closed])
    rows = done.touched()
    found = tp.diff(network, done.network).to_frame()
    changed = found[found["kind"] == "changed"]
    told = rows[rows["property"] != ""]
    assert _keys(changed["table"], changed["id_a"], changed["column"]) == _keys(
        told["table"], told["id"], told["property"]
    )
    gone = found.loc[(found["kind"] == "removed") & (found["table"] == "link"), "id_a"]
    assert set(gone.astype(str)) == set(rows.loc[rows["new"] == "closed", "id"].astype(str))


def _keys(*columns):
    return set(zip(*(column.astype(str) for column in columns), strict=True))


def test_transit_stays_as_it_is(network):
    done = apply_cards(network, [lanes("wider", [1], change=1)])
    assert network.transit is not None
    assert done.network.transit is network.transit


def test_headways_that_a_card_changed_are_listed_by_trip(network):
    card = card_from(
        {
            "project": "denser",
            "transit_property_change": {
                "service": {"trip_properties": {"trip_id": ["M1.0.weekday"]}},
                "property_changes": {"headway_secs": {"set": 240}},
            },
        }
    )
    rows = apply_cards(network, [card]).touched()
    assert rows[["table", "id", "property", "old", "new"]].to_numpy().tolist() == [
        ["frequencies", "M1.0.weekday", "headway_secs", before, 240] for before in (600, 300, 480)
    ]


def test_nothing_applied_touches_nothing(network):
    done = apply_cards(network, [])
    assert done.network is network
    assert done.touched().empty
    assert list(done.touched()) == ["project", "file", "table", "id", "property", "old", "new"]


def test_a_card_remembers_its_file_and_is_the_same_without_it(tmp_path):
    card = lanes("wider", [1], set=3)
    assert card.source_file is None
    read = read_card(write_card(card, tmp_path / "card.yml"))
    assert read.source_file == tmp_path / "card.yml"
    assert read == card
    assert "source_file" not in str(read.to_dict())
    assert card != lanes("wider", [1], set=4)


def test_a_file_that_is_named_twice_is_one_card(tmp_path):
    path = write_card(lanes("wider", [1], change=1), tmp_path / "card.yml")
    assert card_files([tmp_path, path]) == [path]
    assert len(read_cards([tmp_path, path])) == 1


def test_columns_of_ones_own_keep_whole_numbers(network, tmp_path):
    ends = {"from_node_id": 11, "to_node_id": 12, "length": 4.69, "facility_type": "local"}
    link = {"link_id": 900, "lanes": 1, "capacity": 500, "free_speed": 30, **ends}
    card = card_from(
        {"project": "p", "roadway_addition": {"links": [{**link, "open_year": 2027, "mark": 7}]}}
    )
    done = apply_cards(network, [card])
    assert done.warnings == ("project 'p': link.csv: kept as columns of your own: mark.",)
    tp.write_network(done.network, tmp_path / "new")
    again = tp.read_network(tmp_path / "new")
    assert again.version == done.network.version
    added = again.links.set_index("link_id").loc[900]
    assert added[["open_year", "mark"]].tolist() == ["2027", "7"]
    assert added["length_m"] == 4690.0  # as decimal text, not 4690.000000000001
    assert pd.isna(done.network.links["open_year"].iloc[0])
