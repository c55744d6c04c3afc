"""Colours with one meaning each: water is blue and nothing else is; every scale reads in grey."""

from bisect import bisect_right

WATER = "#a9cbe6"
INK = "#23272b"
MUTED = "#6b7075"
HAIRLINE = "#c9ccce"
PAPER = "#fbfaf7"
AREA = "#efece2"  # the Start-up Area on the map
NOTHING_BUILT = "#7d8286"

# Burnt orange and plum: apart for every common form of colour blindness, and light against dark
# in grey. Tunnels are also dashed, as on topographic maps.
FORM_COLOURS = {
    "bridge": "#cc6a0a",
    "tunnel": "#6b2a7b",
    "widening": "#8a5a2b",
    "pontoon": "#5a7d5a",
    "none": NOTHING_BUILT,
}
TUNNEL_DASH = "7 5"

# Light to dark, so that order survives grey print (after ColorBrewer YlOrRd, first class darker).
LOAD_BREAKS = (0.5, 0.7, 0.85, 1.0)
LOAD_COLOURS = ("#d3c48f", "#eda63a", "#dd5f1b", "#ab1527", "#43081f")

# Diverging, zero in the middle (ColorBrewer PiYG ends): less traffic green, more magenta.
LESS, SAME, MORE = "#3f8421", "#c4c4c0", "#b5126f"

# Trips that were chosen, on roads and between zones; amounts from little to much (after cividis,
# without its blue end: blue is water).
CHOSEN = "#a8327d"
AMOUNT_COLOURS = ("#e9dca3", "#cfae5e", "#a9803f", "#77532f", "#3d2a20")

# Of the mean, from far less to far more, about the mean in grey (as the differences above).
RELATIVE_COLOURS = ("#b5126f", "#e08cbb", "#e8e6df", "#9dc486", "#3f8421")

# What differs between two networks: apart for every common form of colour blindness; removed roads
# are also dashed, split ones dotted.
CHANGE_COLOURS = {
    "added": "#1b7f4b",
    "removed": "#d55e00",
    "changed": "#9b1d8a",
    "retyped": "#5a3a00",
    "reshaped": "#f0c000",
    "split": "#111111",
}

# Reach in minutes, near to far: warm greys, so that no colour of a road means something else.
REACH_COLOURS = ("#857c6d", "#aea596", "#cdc6ba", "#e8e4dc")

ROAD_STYLES = {  # class: colour, width in pixels
    "expressway": ("#23272b", 4.0),
    "urban_expressway": ("#4a4f54", 3.2),
    "trunk": ("#6f757a", 2.6),
    "arterial": ("#8e9397", 1.8),
    "ramp": ("#a0a4a7", 1.2),
    "collector": ("#b3b6b8", 1.2),
    "local": ("#c9ccce", 0.8),
    "connector": ("#dcdddd", 0.6),
}


def form_colour(form: str) -> str:
    """Colour of a form; a road-rail bridge is a bridge."""
    words = ("tunnel", "bridge", "widening", "pontoon")
    return next((FORM_COLOURS[key] for key in words if key in form), NOTHING_BUILT)


def load_colour(volume_capacity_ratio: float) -> str:
    """Colour of a volume-capacity ratio."""
    return LOAD_COLOURS[bisect_right(LOAD_BREAKS, volume_capacity_ratio)]
