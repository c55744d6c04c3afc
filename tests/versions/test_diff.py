"""Differences: random edits are told, the card between two versions is exact, ids may change."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import transitplan as tp
from transitplan.errors import ValidationError
from transitplan.model.network import build_network
from transitplan.model.tables import TABLES
from transitplan.versions.apply import apply_cards
from transitplan.versions.diff import diff
from transitplan.versions.draft import KEYS

TWO_BANKS = tp.read_network("networks/two_banks/2025")


def tables_of(network):
    return {name: network.table(name) for name in network.table_names}


def rebuilt(network, tables):
    return build_network(tables, name="edited", crs=network.crs, transit=network.transit)


def ordered(network):
    """Tables sorted by key, so that the order of rows does not count."""
    return {
        name: network.table(name)
        .sort_values(KEYS[name], key=lambda ids: ids.astype(str))
        .reset_index(drop=True)
        for name in network.table_names
    }


def assert_same(a, b):
    one, two = ordered(a), ordered(b)
    assert set(one) == set(two)
    for name, frame in one.items():
        pd.testing.assert_frame_equal(frame, two[name], check_like=True, check_dtype=False)


# Each edit takes tables and a random generator and changes them in place.


def set_cell(table, column, values):
    def edit(tables, rng):
        frame = tables[table]
        row = rng.integers(len(frame))
        tables[table] = frame.assign(
            **{column: frame[column].where(np.arange(len(frame)) != row, rng.choice(values))}
        )

    edit.__name__ = f"{table}_{column}"
    return edit


def drop_link(tables, rng):
    links = tables["link"]
    tables["link"] = links.drop(index=links.index[rng.integers(len(links))]).reset_index(drop=True)


def drop_crossing(tables, rng):
    frame = tables["crossing"]
    tables["crossing"] = frame.drop(index=frame.index[rng.integers(len(frame))])


def add_link(tables, rng):
    links = tables["link"]
    like = links.iloc[[rng.integers(len(links))]].assign(link_id=int(links["link_id"].max()) + 1)
    tables["link"] = pd.concat([links, like], ignore_index=True)


def add_node(tables, rng):
    nodes = tables["node"]
    place = nodes.loc[0, ["x_m", "y_m"]].to_numpy(dtype=float) + rng.uniform(200, 900, 2)
    row = {"node_id": int(nodes["node_id"].max()) + 1, "x_m": place[0], "y_m": place[1]}
    tables["node"] = pd.concat([nodes, pd.DataFrame([row])], ignore_index=True)


def add_zone_and_drop_it(tables, rng):
    zones = tables["zone"]
    like = zones.iloc[[0]].assign(zone_id=int(zones["zone_id"].max()) + int(rng.integers(1, 5)))
    tables["zone"] = pd.concat([zones, like], ignore_index=True)


def add_crossing(tables, rng):
    frame = tables["crossing"]
    row = {"crossing_id": f"R{rng.integers(99)}", "form": "pontoon", "status": "planned"}
    tables["crossing"] = pd.concat([frame, pd.DataFrame([row])], ignore_index=True)


def shift_node(tables, rng):
    nodes = tables["node"]
    row = rng.integers(len(nodes))
    at = np.arange(len(nodes)) == row
    tables["node"] = nodes.assign(x_m=nodes["x_m"] + at * rng.uniform(0.01, 3.0))


def draw_line(tables, rng):
    links, nodes = tables["link"], tables["node"].set_index("node_id")
    row = int(rng.integers(len(links)))
    ends = nodes.loc[links.loc[row, ["from_node_id", "to_node_id"]], ["x_m", "y_m"]].to_numpy()
    middle = ends.mean(axis=0) + rng.uniform(-1, 1, 2)
    points = ", ".join(f"{x} {y}" for x, y in (ends[0], middle, ends[1]))
    shapes = tables.get("geometry", pd.DataFrame({"geometry_id": [], "geometry": []}))
    shape_id = len(shapes) + 1
    added = pd.DataFrame({"geometry_id": [shape_id], "geometry": [f"LINESTRING ({points})"]})
    tables["geometry"] = pd.concat([shapes, added], ignore_index=True) if len(shapes) else added
    ids = links["geometry_id"].astype(object)
    ids.iloc[row] = shape_id
    tables["link"] = links.assign(geometry_id=ids)


def own_column(tables, rng):
    links = tables["link"]
    tables["link"] = links.assign(surveyed=[str(each) for each in rng.integers(0, 9, len(links))])


def turn_ban(tables, rng):
    links = tables["link"]
    into = links.iloc[rng.integers(len(links))]
    out = links[links["from_node_id"] == into["to_node_id"]].iloc[0]
    row = {
        "mvmt_id": 1,
        "node_id": into["to_node_id"],
        "ib_link_id": into["link_id"],
        "ob_link_id": out["link_id"],
        "allowed_uses": "none",
    }
    tables["movement"] = pd.DataFrame([row])


def curve(tables, rng):
    row = {"facility_type": "trunk", "function": "conical", "alpha": float(rng.integers(3, 9))}
    tables["vdf"] = pd.DataFrame([row])


def reverse_rows(tables, rng):
    name = rng.choice(list(tables))
    tables[name] = tables[name].iloc[::-1].reset_index(drop=True)


EDITS = [
    set_cell("link", "lanes", [1.0, 3.0, 4.0]),
    set_cell("link", "toll_cny", [1.0, 2.5]),
    set_cell("link", "toll_truck_cny", [7.0, np.nan]),
    set_cell("link", "name", ["New name", ""]),
    set_cell("link", "facility_type", ["arterial", "expressway"]),
    set_cell("link", "allowed_uses", ["car", "all"]),
    set_cell("link", "crossing_id", ["", "W"]),
    set_cell("link", "structure", ["bridge", "tunnel", "surface"]),
    set_cell("link", "vdf_beta", [2.0, 5.0]),
    set_cell("link", "free_speed_kph", [31.0, 52.5]),
    set_cell("zone", "population", [123.0, 45678.0]),
    set_cell("zone", "name_zh", ["新区"]),
    set_cell("crossing", "form", ["tunnel", "bridge"]),
    set_cell("crossing", "open_year", [2031.0, np.nan]),
    set_cell("cluster", "name", ["Other"]),
    set_cell("node", "name", ["Corner"]),
    drop_link,
    drop_crossing,
    add_link,
    add_node,
    add_zone_and_drop_it,
    add_crossing,
    shift_node,
    draw_line,
    own_column,
    turn_ban,
    curve,
    reverse_rows,
]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    which=st.lists(st.integers(0, len(EDITS) - 1), min_size=1, max_size=8),
    seed=st.integers(0, 2**16),
)
def test_the_card_between_two_versions_is_exact(which, seed):
    rng = np.random.default_rng(seed)
    tables = tables_of(TWO_BANKS)
    for k in which:
        EDITS[k](tables, rng)
    try:
        edited = rebuilt(TWO_BANKS, tables)
    except ValidationError:
        return  # edits that made no network
    found = diff(TWO_BANKS, edited)
    if found.same:
        assert_same(TWO_BANKS, edited)
        return
    card = found.to_card("edits")
    assert_same(apply_cards(TWO_BANKS, [card]).network, edited)
    back = diff(edited, TWO_BANKS).to_card("back")
    assert_same(apply_cards(edited, [back]).network, TWO_BANKS)


def test_a_network_does_not_differ_from_itself():
    assert diff(TWO_BANKS, TWO_BANKS).same
    assert "are the same" in diff(TWO_BANKS, TWO_BANKS).to_text()
    with pytest.raises(ValidationError, match="nothing to write"):
        diff(TWO_BANKS, TWO_BANKS).to_card("none")


def renumbered(network, rng):
    """The same network with all ids of nodes and links dealt anew and rows shuffled."""
    tables = tables_of(network)
    nodes, links = tables["node"], tables["link"]
    node_ids = dict(zip(nodes["node_id"], rng.permutation(nodes["node_id"]), strict=True))
    link_ids = dict(zip(links["link_id"], rng.permutation(links["link_id"]), strict=True))
    ends = {end: links[end].map(node_ids) for end in ("from_node_id", "to_node_id")}
    tables["node"] = nodes.assign(node_id=nodes["node_id"].map(node_ids)).sample(
        frac=1, random_state=rng
    )
    tables["link"] = links.assign(link_id=links["link_id"].map(link_ids), **ends).sample(
        frac=1, random_state=rng
    )
    return rebuilt(network, tables), link_ids


@pytest.mark.parametrize("folder", ["networks/jinan/2025"])
def test_links_are_found_again_when_all_ids_change(folder):
    network = tp.read_network(folder)
    other, link_ids = renumbered(network, np.random.default_rng(3))
    found = diff(network, other)
    pairs = found.matching.links
    ids_a = network.links["link_id"].to_numpy()[pairs["a"]]
    ids_b = other.links["link_id"].to_numpy()[pairs["b"]]
    right = np.array([link_ids[a] == b for a, b in zip(ids_a, ids_b, strict=True)])
    assert right.sum() >= 0.99 * len(network.links)
    assert not (found.changes["kind"].isin(["added", "removed"])).any()


def split_link(network, row, new_node, new_link):
    """The network with one link cut in two at its middle."""
    tables = tables_of(network)
    links, nodes = tables["link"], tables["node"].set_index("node_id")
    link = links.iloc[row]
    ends = nodes.loc[[link["from_node_id"], link["to_node_id"]], ["x_m", "y_m"]].to_numpy()
    x, y = ends.mean(axis=0)
    node = pd.DataFrame([{"node_id": new_node, "x_m": x, "y_m": y}])
    half = links.iloc[[row, row]].assign(
        link_id=[new_link, new_link + 1],
        from_node_id=[link["from_node_id"], new_node],
        to_node_id=[new_node, link["to_node_id"]],
        length_m=link["length_m"] / 2,
    )
    tables["node"] = pd.concat([tables["node"], node], ignore_index=True)
    tables["link"] = pd.concat([links.drop(index=row), half], ignore_index=True)
    return rebuilt(network, tables)


def test_a_split_link_is_one_road_in_two_parts_and_back_again():
    network = TWO_BANKS
    cut = split_link(network, 4, 901, 902)
    there, back = diff(network, cut), diff(cut, network)
    assert there.changes.loc[there.changes["table"] == "link", "kind"].tolist() == ["split"] * 2
    assert set(there.changes.loc[there.changes["kind"] == "split", "id_b"]) == {902, 903}
    assert back.changes.loc[back.changes["table"] == "link", "kind"].tolist() == ["merged"] * 2
    assert_same(apply_cards(network, [there.to_card("cut")]).network, cut)


def test_a_reversed_a_moved_and_a_changed_link_are_told_apart():
    tables = tables_of(TWO_BANKS)
    links = tables["link"]
    alone = links["crossing_id"] == "M"
    row = int(np.flatnonzero(alone)[0])
    other = int(np.flatnonzero(alone)[1])
    links = links.drop(index=other).reset_index(drop=True)  # one way only
    tables["link"] = links
    one_way = rebuilt(TWO_BANKS, tables)
    ends = links.loc[row, ["from_node_id", "to_node_id"]].tolist()
    turned = links.copy()
    turned.loc[row, ["from_node_id", "to_node_id"]] = ends[::-1]
    found = diff(one_way, rebuilt(TWO_BANKS, {**tables, "link": turned}))
    assert found.changes["kind"].tolist() == ["reversed"]
    wider = links.assign(lanes=links["lanes"].where(links.index != row, 5.0))
    found = diff(one_way, rebuilt(TWO_BANKS, {**tables, "link": wider}))
    told = found.changes.iloc[0]
    assert (told["kind"], told["column"], told["new"]) == ("changed", "lanes", 5.0)
    assert told["relative"] == pytest.approx(5.0 / told["old"] - 1.0)
    assert "lanes" in found.to_text()


def test_the_keys_of_all_tables_are_known():
    assert set(KEYS) == set(TABLES)


def test_own_columns_may_have_names_that_the_dialect_uses_otherwise():
    """They were read as aliases: ``distance`` as miles of ``length_m``, ``price`` as the toll."""
    network = tp.read_network("networks/two_banks/2025")
    tables = {name: network.table(name) for name in network.table_names}
    own = {"distance": "near", "price": "9", "roadway": "old", "truck_access": "0"}

    def with_links(links):
        return build_network(
            tables | {"link": links},
            name=network.name,
            crs=network.crs,
            transit=network.transit,
        )

    one = tables["link"].assign(**own)
    new = one.iloc[[-1]].assign(link_id=901, price="7", truck_access="1")
    two = pd.concat([one, new], ignore_index=True)
    two.loc[0, ["distance", "price", "roadway", "truck_access"]] = ["far", "8", "new", "1"]
    a, b = with_links(one), with_links(two)
    again = apply_cards(a, [diff(a, b).to_card("p")]).network
    pd.testing.assert_frame_equal(again.links, b.links, check_dtype=False)
