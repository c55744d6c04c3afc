import colorsys
from itertools import combinations, pairwise

import numpy as np
import pytest

from transitplan.viz import palette


def _rgb(colour):
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def _grey(colour):
    red, green, blue = _rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    "scale", [palette.LOAD_COLOURS, palette.AMOUNT_COLOURS, tuple(reversed(palette.REACH_COLOURS))]
)
def test_scales_keep_their_order_in_grey(scale):
    greys = [_grey(colour) for colour in scale]
    assert greys == sorted(greys, reverse=True)
    assert min(a - b for a, b in pairwise(greys)) > 0.08


def test_bridge_and_tunnel_differ_in_grey():
    bridge, tunnel = (_grey(palette.FORM_COLOURS[form]) for form in ("bridge", "tunnel"))
    assert bridge - tunnel > 0.2


def test_nothing_but_water_is_blue():
    others = [
        *palette.FORM_COLOURS.values(),
        *palette.LOAD_COLOURS,
        *palette.REACH_COLOURS,
        palette.LESS,
        palette.MORE,
        palette.AREA,
        *palette.CHANGE_COLOURS.values(),
        *palette.AMOUNT_COLOURS,
        *palette.RELATIVE_COLOURS,
        palette.CHOSEN,
    ]
    for colour in others:
        hue, _, saturation = colorsys.rgb_to_hls(*_rgb(colour))
        assert saturation < 0.15 or not 0.5 <= hue <= 0.72, colour
    assert 0.5 <= colorsys.rgb_to_hls(*_rgb(palette.WATER))[0] <= 0.72


def test_load_classes():
    assert palette.load_colour(0.2) == palette.LOAD_COLOURS[0]
    assert palette.load_colour(1.3) == palette.LOAD_COLOURS[-1]


def test_a_road_rail_bridge_is_a_bridge():
    assert palette.form_colour("road_rail_bridge") == palette.FORM_COLOURS["bridge"]


# What people with one kind of cone missing see of linear red, green and blue: Machado, Oliveira and
# Fernandes (2009), A physiologically-based model for simulation of color vision deficiency,
# severity 1.0.
CONES = {
    "all": np.eye(3),
    "no long": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no middle": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no short": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]


def _lab(colour, cones):
    """CIE L*a*b* of a colour as those with these cones see it, sRGB white."""
    coded = np.array(_rgb(colour))
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(cones @ linear, 0, 1) / np.array([0.9505, 1.0, 1.089])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("cones", CONES)
def test_changes_are_apart_for_all_eyes(cones):
    """A difference of 2.3 is just seen; thin lines on a map need ten times that."""
    road, _ = palette.ROAD_STYLES["arterial"]
    shown = [*palette.CHANGE_COLOURS.values(), road, palette.PAPER]
    seen = [_lab(colour, np.array(CONES[cones])) for colour in shown]
    apart = [np.linalg.norm(one - two) for one, two in combinations(seen, 2)]
    assert min(apart) > 23
