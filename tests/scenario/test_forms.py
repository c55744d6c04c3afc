"""Forms of the library: by hand, against built crossings, and with everything overridden."""

import tomllib

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from pydantic import ValidationError as PydanticError

import transitplan as tp
from transitplan.assignment import assign
from transitplan.graph import compile_road
from transitplan.model.demand import Demand, UserClass
from transitplan.model.network import build_network
from transitplan.scenario.case import Form, Place, Site
from transitplan.scenario.chain import add_structure
from transitplan.scenario.form_tables import (
    form_assumptions,
    form_elements,
    form_notes,
    form_table,
)
from transitplan.scenario.forms import Asked, complete_form
from transitplan.scenario.library import form_library, read_library

KINDS = sorted(form_library())
SHARES = ("cny", "low_cny", "high_cny")


def banks(width=8000.0):
    """Two zones on two banks, far apart, joined by a long road around."""
    nodes = pd.DataFrame({"node_id": [1, 2], "x_m": [0.0, width], "y_m": 0.0, "zone_id": [1, 2]})
    links = pd.DataFrame(
        {
            "link_id": [1, 2],
            "from_node_id": [1, 2],
            "to_node_id": [2, 1],
            "length_m": 20_000.0,
            "lane_capacity_pceph": 1000.0,
            "free_speed_kph": 60.0,
            "crossing_id": "OLD",
        }
    )
    crossings = pd.DataFrame({"crossing_id": ["OLD"], "form": "bridge", "status": "open"})
    zones = pd.DataFrame({"zone_id": [1, 2]})
    tables = {"node": nodes, "link": links, "zone": zones, "crossing": crossings}
    return build_network(tables, crs="EPSG:32650")


def place(**more):
    given = {
        "site_id": "here",
        "name": "Here",
        "name_zh": "这里",
        "crossing_id": "NEW",
        "from_node_id": 1,
        "to_node_id": 2,
    }
    return Place(**{**given, **more})


def made(kind, network=None, at=None, **more):
    asked = Asked(kind=kind, **{"open_year": 2030, **more})
    return complete_form(at or place(), asked, network or banks(), form_library())


def with_links(form, network):
    site = Site(**place().model_dump(), forms=(form,))
    return add_structure(network, site, form)


# --- by hand --------------------------------------------------------------------------------------

PLAIN = {  # numbers that can be reckoned in the head
    "gradient": 0.04,
    "cover_m": 30.0,
    "crown_to_road_m": 10.0,
    "portal_m": 8.0,
    "main_depth_m": 20.0,
    "dyke_width_m": 1000.0,
    "dyke_margin_m": 100.0,
    "main_cny_per_lane_km": {"value": 200e6, "low": 100e6, "high": 400e6},
    "second_cny_per_lane_km": {"value": 100e6, "low": 50e6, "high": 200e6},
    "road_cny_per_lane_km": {"value": 30e6, "low": 20e6, "high": 60e6},
    "land_cny_per_ha": {"value": 1e6, "low": 1e6, "high": 2e6},
    "land_ha_per_km": 2.0,
    "road_land_ha_per_km": 5.0,
    "plant_share": 0.2,
    "supervision_share": 0.1,
}


def test_a_bored_tunnel_by_hand():
    """8 km: 2.8 km under cover (1.2 level, 2 x 0.8), of it 2.2 bored; 5.2 km of road; 4 lanes.

    Bored 2.2 x 4 x 200 = 1,760 M, cut and cover 0.6 x 4 x 100 = 240 M, road 5.2 x 4 x 30 = 624 M,
    land 2.8 x 2 + 5.2 x 5 = 31.6 ha at 1 M. Plant is a fifth of the tunnel, supervision a tenth of
    all but land.
    """
    form = made("bored_tunnel_two_bores", lanes=2, parameters=PLAIN)
    assert [round(part.length_m) for part in form.parts] == [2400, 1000, 1200, 1000, 2400]
    cost = {each.element_id: each.cny / 1e6 for each in form.elements}
    assert cost == pytest.approx(
        {
            "main": 1760 * 0.7,
            "second": 240 * 0.7,
            "plant": 400.0,
            "road": 624 * 0.9,
            "supervision": 262.4,
            "land": 31.6,
        }
    )
    assert form.capital_cost_cny == pytest.approx(2624e6 + 31.6e6)
    assert form.capital_low_cny == pytest.approx((880 + 120 + 416 + 31.6) * 1e6)
    assert form.capital_high_cny == pytest.approx((3520 + 480 + 1248 + 63.2) * 1e6)
    assert form.land_ha == pytest.approx(31.6)
    assert form.energy_gwh_per_year == pytest.approx(2.8 * 2.2 + 5.2 * 0.1)
    assert form.operation_co2_t_per_year == pytest.approx(form.energy_gwh_per_year * 550.0)
    assert form.embodied_co2_t == pytest.approx(2800 * 57 + 5200 * 6)
    assert form.upkeep_cny_per_year == pytest.approx(2.8 * 13e6)


def test_a_bridge_by_hand():
    """26 m high at 4 % with 6 m abutments: ramps of 650 m, 1.2 km level, 2.2 km on piers."""
    parameters = {
        "gradient": 0.04,
        "dyke_width_m": 1000.0,
        "dyke_margin_m": 100.0,
        "dyke_height_m": 18.0,
        "clearance_m": 5.0,
        "flood_level_m": 8.0,
        "silting_m": 3.0,
        "navigation_m": 8.0,
        "deck_depth_m": 3.0,
        "abutment_m": 6.0,
        "main_cny_per_lane_km": 300e6,
        "second_cny_per_lane_km": 50e6,
        "land_ha_per_km": 0.0,
        "road_land_ha_per_km": 0.0,
    }
    form = made("cable_stayed_bridge", lanes=2, length_m=8000, parameters=parameters)
    assert [round(part.length_m) for part in form.parts] == [2750, 650, 1200, 650, 2750]
    cost = {each.element_id: each.cny / 1e6 for each in form.elements}
    tunnel_free = 1.2 * 4 * 300 + 1.0 * 4 * 50 + 5.8 * 4 * 32
    assert form.capital_cost_cny == pytest.approx(tunnel_free * 1e6)
    assert cost["cables"] == pytest.approx(0.1 * 1.2 * 4 * 300)
    assert form.upkeep_cny_per_year == pytest.approx(0.005 * form.capital_cost_cny)


def test_a_rail_deck_costs_its_share_of_the_structure_more():
    plain, decked = (made("bored_tunnel_two_bores", rail_deck=deck) for deck in (False, True))
    deck = next(each for each in decked.elements if each.element_id == "rail_deck")
    tunnel = sum(
        each.cny for each in plain.elements if each.element_id in {"main", "second", "plant"}
    )
    supervised = tunnel / 0.9  # the tunnel's own tenth of supervision
    assert deck.cny == pytest.approx(0.3 * supervised)
    assert decked.capital_cost_cny - plain.capital_cost_cny == pytest.approx(deck.cny)


# --- laws -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_makes_a_form_that_adds_up(kind):
    crossing = "OLD" if kind == "widening" else "NEW"
    form = made(kind, at=place(crossing_id=crossing))
    for name, total in zip(
        SHARES,
        (form.capital_cost_cny, form.capital_low_cny, form.capital_high_cny),
        strict=True,
    ):
        assert sum(getattr(each, name) for each in form.elements) == pytest.approx(total)
    assert form.capital_low_cny < form.capital_cost_cny < form.capital_high_cny
    assert sum(form.spend_profile) == pytest.approx(1.0)
    assert form.label == form.form
    assert {"flood", "ecology"} <= {note.topic for note in form.notes}
    assert all(note.en and note.zh for note in form.notes)
    assert all(row.source and row.status for row in form.assumptions)
    assert not any(row.overridden for row in form.assumptions)
    if form.parts:
        assert sum(part.length_m for part in form.parts) == pytest.approx(form.length_m)


def test_more_cover_or_less_gradient_makes_a_longer_and_dearer_tunnel():
    base = made("bored_tunnel_two_bores")
    for parameters in ({"cover_m": 35.0}, {"gradient": 0.028}, {"dyke_width_m": 1100.0}):
        other = made("bored_tunnel_two_bores", parameters=parameters)
        assert other.structure_length_m > base.structure_length_m
        assert other.capital_cost_cny > base.capital_cost_cny


def test_every_row_of_the_library_is_within_its_range_and_used():
    used = {name: set() for name in KINDS}
    for kind in KINDS:
        at = place(crossing_id="OLD" if kind == "widening" else "NEW")
        form = made(kind, at=at, rail_deck=kind != "pontoon")
        used[kind] = {row.parameter_id for row in form.assumptions}
    everyone = set.union(*used.values())
    for kind, rows in form_library().items():
        for name, row in rows.items():
            if isinstance(row.value, str):
                continue
            assert row.low <= row.value <= row.high
            assert name in everyone, f"{name} of {kind} is a row that nothing is made from"
            assert row.status in {"sourced", "derived", "assumed"}
            assert row.source


# --- against what was built -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "covered_m", "main_m", "sources"),
    [
        ("bored_tunnel_two_bores", 3890.0, 2519.0, "Jiluo Road tunnel: tunnel and shield part"),
    ],
)
def test_the_rule_gives_about_the_length_of_a_tunnel_that_was_built(
    kind, covered_m, main_m, sources
):
    del sources
    form = made(kind)
    row = {each.parameter_id: each.value for each in form.assumptions}
    depth = row["cover_m"] + row["crown_to_road_m"]
    level = next(part.length_m for part in form.parts if part.part == "structure")
    slope = 2 / row["gradient"]
    assert level + slope * (depth - row["main_depth_m"]) == pytest.approx(main_m, rel=0.05)
    assert level + slope * (depth - row["portal_m"]) == pytest.approx(covered_m, rel=0.2)


@pytest.mark.parametrize("published_m", [2100.0, 2300.0, 2518.0, 3209.0])
def test_the_rule_gives_about_the_length_of_bridges_that_were_built(published_m):
    """Jianbang 2.1 to 2.3 km, the road-rail bridge of the G104 2,518 m, Qilu 3,209 m."""
    form = made("cable_stayed_bridge")
    row = {each.parameter_id: each.value for each in form.assumptions}
    on_piers = form.structure_length_m - 2 * row["abutment_m"] / row["gradient"]
    assert on_piers == pytest.approx(published_m, rel=0.25)


@pytest.mark.parametrize(
    ("kind", "asked", "published_bn", "factor"),
    [  # lengths, lanes and costs as published; cost over the library's within the factor
        (
            "bored_tunnel_two_bores",
            {
                "length_m": 4760,
                "structure_length_m": 3890,
                "main_length_m": 2519,
                "rail_deck": True,
            },
            6.668,
            1.1,
        ),
        (
            "bored_tunnel_two_bores",
            {"length_m": 5730, "rail_deck": True, "lanes": 3},
            7.95,
            1.3,
        ),  # Wuhan Sanyang Road, estimate of 2011
        (
            "cable_stayed_bridge",
            {"length_m": 6683, "structure_length_m": 3788, "lanes": 4, "rail_deck": True},
            6.327,
            1.3,
        ),  # Phoenix
        (
            "cable_stayed_bridge",
            {"length_m": 7748, "structure_length_m": 6870, "lanes": 4, "rail_deck": True},
            7.893,
            1.4,
        ),  # G104, with a four-level interchange
        ("cable_stayed_bridge", {"length_m": 5230, "lanes": 4}, 3.2, 1.6),  # Qizhou
    ],
)
def test_the_library_costs_about_what_was_paid(kind, asked, published_bn, factor):
    found = made(kind, network=banks(asked["length_m"]), **asked).capital_cost_cny / 1e9
    assert published_bn / factor < found < published_bn * factor


# --- overrides ------------------------------------------------------------------------------------


def test_everything_can_be_overridden_and_is_shown_as_such():
    form = made(
        "arch_bridge",
        label="second",
        capital_cost_cny=2e9,
        capital_low_cny=1.5e9,
        capital_high_cny=3e9,
        free_speed_kph=50,
        availability=0.97,
        land_ha=12.0,
        build_years=2,
        spend_profile=(0.7, 0.3),
        stage=2,
        rail_passengers_per_day=20_000,
        rail_passengers_low=10_000,
        rail_passengers_high=30_000,
        parameters={"gradient": {"value": 0.025, "source": "a drawing", "status": "sourced"}},
        source="a study",
    )
    assert form.capital_cost_cny == pytest.approx(2e9)
    assert [sum(getattr(each, end) for each in form.elements) for end in SHARES] == pytest.approx(
        [2e9, 1.5e9, 3e9]
    )
    assert (form.free_speed_kph, form.availability, form.land_ha) == (50, 0.97, 12.0)
    assert (form.label, form.build_years, form.spend_profile) == ("second", 2, (0.7, 0.3))
    shown = {row.parameter_id: row for row in form.assumptions if row.overridden}
    assert set(shown) == {
        "gradient",
        "free_speed_kph",
        "availability",
        "build_years",
        "capital_cost_cny",
        "land_ha",
    }
    assert (shown["gradient"].source, shown["gradient"].status) == ("a drawing", "sourced")
    assert shown["capital_cost_cny"].source == "a study"


def test_a_bare_number_keeps_the_range_of_the_library_in_proportion():
    cost = form_library()["arch_bridge"]["main_cny_per_lane_km"]
    form = made("arch_bridge", parameters={"main_cny_per_lane_km": cost.value * 2})
    [row] = [each for each in form.assumptions if each.parameter_id == cost.parameter_id]
    assert (row.low, row.high) == (cost.low * 2, cost.high * 2)


def test_a_site_sets_values_for_all_its_forms():
    wide = place(parameters={"dyke_width_m": 1500.0})
    for kind in ("cable_stayed_bridge", "bored_tunnel_one_bore"):
        level = made(kind, at=wide).structure_length_m - made(kind).structure_length_m
        assert level == pytest.approx(1500.0 - 930.0)


def test_the_year_of_opening_follows_from_the_start():
    form = made("cut_and_cover_tunnel", open_year=None, start_year=2027)
    assert form.open_year == 2027 + form.build_years


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"kind": "cable_stay_bridge"}, "Did you mean cable_stayed_bridge?"),
        ({"parameters": {"gradiant": 0.03}}, "'gradiant' is no row.* Did you mean gradient?"),
        ({"parameters": {"gradient": "steep"}}, "gradient is 'steep'; it must be a number"),
        ({"parameters": {"gradient": 0}}, "must not be negative, nor a gradient 0"),
        ({"parameters": {"cover_m": {"value": 9, "low": 10}}}, "cover_m 9 is outside its range"),
        ({"open_year": None}, "neither open_year nor start_year"),
        ({"start_year": 2028, "open_year": 2030}, "comes before the work that begins in 2028"),
        ({"length_m": 3000}, "3000 m is too short: the road needs"),
        ({"structure_length_m": 900}, "a structure of 900 m is too short"),
        ({"main_length_m": 5000}, "the main part of 5000 m is longer than the structure"),
    ],
)
def test_a_form_that_cannot_be_is_refused(more, message):
    given = {"kind": "bored_tunnel_one_bore", **more}
    with pytest.raises(tp.ValidationError, match=message):
        made(**given)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"toll_cny": -5}, "toll_cny"),
        ({"lanes": 30}, "lanes"),
        ({"capital_cost_cny": 2e9, "capital_low_cny": 3e9}, "outside its range"),
        ({"spend_profile": (0.5, 0.4, 0.2)}, "add up to 1.1"),
        ({"spend_profile": (0.5, 0.5)}, "2 shares for 3 years"),
        ({"rail_passengers_per_day": 500.0}, "rail_passengers_per_day 500 is outside its range"),
        ({"stage": 4}, "stage"),
    ],
)
def test_numbers_that_contradict_each_other_are_refused(more, message):
    with pytest.raises(PydanticError, match=message):
        made("cable_stayed_bridge", **more)


def test_an_explicit_form_checks_its_parts_and_elements():
    text = """
form = "bridge"
length_m = 1000
lanes = 2
free_speed_kph = 60
lane_capacity_pceph = 1500
allowed_uses = "all"
capital_cost_cny = 1e9
capital_low_cny = 1e9
capital_high_cny = 1e9
upkeep_cny_per_year = 0
build_years = 2
open_year = 2030
availability = 1
embodied_co2_t = 0
operation_co2_t_per_year = 0
source = "x"
confidence = "assumed"
parts = [{part = "ramp", length_m = 400, gradient = 0.03}]
"""
    with pytest.raises(PydanticError) as caught:
        Form.model_validate(tomllib.loads(text))
    assert "its parts are 400 m long together, not 1000" in str(caught.value)
    assert "0 of its parts are called structure" in str(caught.value)


# --- links ----------------------------------------------------------------------------------------


def test_a_chain_has_one_structure_a_direction_and_trucks_slow_uphill():
    network = with_links(made("cable_stayed_bridge", toll_truck_cny=20), banks())
    new = network.links[network.links["link_id"] > 2]
    assert len(new) == 10
    own = new[new["crossing_id"] == "NEW"]
    assert len(own) == 2
    assert own["toll_truck_cny"].tolist() == [20, 20]
    assert new["toll_truck_cny"].sum() == 40
    assert own.index.tolist() == network.links.index[-2:].tolist()
    climbs = new["truck_speed_kph"].notna()
    assert climbs.sum() == 2  # one ramp each way
    assert_allclose(new.loc[climbs, "truck_speed_kph"], 58 - 2.5 * 3)
    assert new["length_m"].sum() == pytest.approx(2 * 8000)
    x = network.nodes.set_index("node_id")["x_m"]
    there = new[new["dir_flag"] == 1]
    assert (x[there["to_node_id"]].to_numpy() > x[there["from_node_id"]].to_numpy()).all()
    lines = [line.length for line in network.link_lines()[new.index]]
    assert_allclose(lines, new["length_m"], atol=0.01)


def test_a_tunnel_dives_first_and_keeps_trucks_out():
    network = with_links(made("bored_tunnel_two_bores"), banks())
    new = network.links[network.links["link_id"] > 2]
    assert set(new["allowed_uses"]) == {"light"}
    assert set(new["structure"]) == {"tunnel", "surface"}
    climbing = new[new["truck_speed_kph"].notna()]
    assert set(climbing["from_node_id"]) == set(new.loc[new["crossing_id"] == "NEW", "to_node_id"])


def test_a_widening_adds_lanes_and_no_link():
    network = banks()
    form = made("widening", at=place(crossing_id="OLD"), lanes=2)
    site = Site(**place(crossing_id="OLD").model_dump(), forms=(form,))
    wider = add_structure(network, site, form)
    assert wider.links["lanes"].tolist() == [3.0, 3.0]
    assert len(wider.links) == len(network.links)


def test_a_chain_takes_as_long_as_one_link_of_its_length():
    """The delay curve of each part is the same, so that times add up to the whole link's."""
    form = made("cable_stayed_bridge", length_m=8000)
    whole = form.model_copy(update={"parts": ()})
    cars = Demand(pd.Index([1, 2]), (UserClass("car"),), np.array([[[0, 3000.0], [500.0, 0]]]))
    spent = []
    for each in (form, whole):
        roads = compile_road(with_links(each, banks()))
        found = assign(roads, cars, gap=1e-12)
        spent.append(found.skim(["time_s"])["car"]["time_s"].to_numpy())
    assert_allclose(spent[0], spent[1], rtol=1e-9)


def test_trucks_choose_the_flat_way_and_cars_the_short_one():
    """8 km at 58 km/h take 497 s; the old road, level, now 8.2 km, takes 509 s.

    A truck climbs 852 m at 50.5 km/h instead of 58, which costs it 7.9 s; at 20 km/h a percent it
    would lose 53 km/h and 560 s: then trucks take the old road.
    """
    links = banks().links.assign(length_m=8200.0, free_speed_kph=58.0, vdf_alpha=0.0)
    network = banks()
    tables = {name: network.table(name) for name in network.table_names}
    network = build_network({**tables, "link": links}, crs="EPSG:32650")
    classes = (UserClass("car"), UserClass("truck", use="truck"))
    trips = np.array([[[0, 10.0], [0, 0]], [[0, 10.0], [0, 0]]])
    for loss, on_new in ((2.5, [10.0, 10.0]), (10.0, [10.0, 0.0])):
        form = made("cable_stayed_bridge", network=network, truck_loss_kph_per_percent=loss)
        built = with_links(form, network)
        found = assign(compile_road(built), Demand(pd.Index([1, 2]), classes, trips), gap=1e-10)
        own = np.flatnonzero((built.links["crossing_id"] == "NEW") & (built.links["dir_flag"] == 1))
        assert_allclose(found.class_flow_vph[:, own].sum(axis=1), on_new, atol=1e-9)


# --- tables and files -----------------------------------------------------------------------------


def test_tables_tell_all_options_of_the_shipped_case():
    case = tp.read_case("networks/jinan")
    built = list(case.option_ids[1:])
    table = form_table(case)
    assert table["option_id"].tolist() == built
    sites = table.groupby("site_id")["form"].agg(set)
    assert sum({"bridge", "tunnel"} <= forms for forms in sites) >= 5
    by_option = form_elements(case).groupby("option_id")["cny"].sum()
    assert_allclose(by_option[built], table["capital_cost_cny"])
    assert set(form_notes(case)["option_id"]) == set(built)
    rows = form_assumptions(case)
    assert not rows.duplicated().any()
    assert {"sourced", "derived", "assumed"} == set(rows["status"])
    assert table.set_index("option_id")["banned_uses"]["huanggang-tunnel"].startswith("truck")
    parts = table[["approach_km", "ramp_km", "level_km"]].sum(axis=1, skipna=False)
    known = parts.notna()
    assert known.sum() >= 10
    assert_allclose(parts[known], table.loc[known, "length_km"])


def test_a_library_file_with_mistakes_lists_them_all(tmp_path):
    head = "form_id,parameter_id,name,name_zh,value,unit,low,high,source,status\n"
    rows = "a,x,n,n,5,m,6,7,s,assumed\na,x,n,n,1,m,0,2,s,assumed\na,y,n,n,one,m,0,2,s,assumed\n"
    path = tmp_path / "forms.csv"
    path.write_text(head + rows, encoding="utf-8")
    with pytest.raises(tp.ValidationError) as caught:
        read_library(path)
    text = str(caught.value)
    assert "line 2: x: 5 is outside its range 6 to 7" in text
    assert "line 3: a, x stands twice" in text
    assert "line 4: y: value, low and high must be numbers, not one, 0, 2" in text
