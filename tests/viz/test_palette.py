import colorsys
from itertools import pairwise

import pytest

from transitplan.viz import palette


def _rgb(colour):
    return [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]


def _grey(colour):
    red, green, blue = _rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scale", [palette.LOAD_COLOURS, tuple(reversed(palette.REACH_COLOURS))])
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
