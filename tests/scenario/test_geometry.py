"""Lengths of crossings worked out on paper, and held against those that were published."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transitplan.errors import ValidationError
from transitplan.scenario.geometry import (
    bridge_height_m,
    build_parts,
    build_profile,
    tunnel_depth_m,
)


def test_a_tunnel_passes_under_both_dykes_and_comes_up():
    """30 m of cover and 10 m of lining: 40 m deep. At 4 % that is 1,000 m each side.

    Portals where the road is 8 m deep: 800 m of each slope are covered. Boring from 20 m of depth:
    500 m of each slope are bored.
    """
    depth = tunnel_depth_m(cover_m=30.0, crown_to_road_m=10.0)
    found = build_profile(depth, 0.04, level_m=1200.0, joins_m=8.0)
    assert (found.ramp_m, found.level_m, found.structure_m) == (1000.0, 1200.0, 2800.0)
    assert found.total_m == 3200.0


@pytest.mark.parametrize(
    ("dyke", "flood", "height"),
    [(12.0, 10.0, 25.0), (20.0, 10.0, 28.0)],  # the water decides, then the dyke road
)
def test_a_bridge_clears_the_dyke_roads_and_the_highest_water(dyke, flood, height):
    """Soffit over max(dyke + 5, flood + 4 + 8), deck of 3 m."""
    found = bridge_height_m(
        dyke_height_m=dyke,
        clearance_m=5.0,
        flood_level_m=flood,
        silting_m=4.0,
        navigation_m=8.0,
        deck_depth_m=3.0,
    )
    assert found == height


def test_a_known_length_of_the_structure_sets_the_level_part():
    """3,000 m under cover, of which 2 x 800 m slope: 1,400 m are level."""
    found = build_profile(40.0, 0.04, level_m=1200.0, joins_m=8.0, structure_m=3000.0)
    assert (found.level_m, found.structure_m) == (1400.0, 3000.0)
    with pytest.raises(ValidationError, match="2000 m is too short: 1200 m from dyke to dyke"):
        build_profile(40.0, 0.04, level_m=1200.0, joins_m=8.0, structure_m=2000.0)


def test_parts_stand_in_order_around_the_river():
    profile = build_profile(40.0, 0.04, level_m=1200.0, joins_m=8.0)
    parts = build_parts(profile, 6000.0, centre_m=2500.0, sign=-1)
    assert [(part.part, part.length_m, part.gradient) for part in parts] == [
        ("approach", 900.0, 0.0),
        ("ramp", 1000.0, -0.04),
        ("structure", 1200.0, 0.0),
        ("ramp", 1000.0, 0.04),
        ("approach", 1900.0, 0.0),
    ]


@given(total=st.floats(3200.0, 20_000.0), centre=st.floats(0.0, 1.0), sign=st.sampled_from((-1, 1)))
def test_parts_fill_the_way_and_end_as_high_as_they_began(total, centre, sign):
    profile = build_profile(40.0, 0.04, level_m=1200.0, joins_m=8.0)
    parts = build_parts(profile, total, centre_m=centre * total, sign=sign)
    assert sum(part.length_m for part in parts) == pytest.approx(total, rel=1e-12)
    assert sum(part.length_m * part.gradient for part in parts) == pytest.approx(0.0, abs=1e-9)
    assert [part.part for part in parts].count("structure") == 1


def test_a_way_too_short_is_refused_with_what_it_needs():
    profile = build_profile(40.0, 0.04, level_m=1200.0, joins_m=8.0)
    with pytest.raises(ValidationError, match=r"3000 m is too short: the road needs 3200 m"):
        build_parts(profile, 3000.0, centre_m=1500.0, sign=-1)
