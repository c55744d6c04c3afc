"""GCJ-02 against pairs that others publish, and the page's script against the module."""

import math

import pytest

from transitplan.viz import gcj02
from transitplan.viz.maps import new_map
from transitplan.viz.text import Text

# Tests of eviltransform (github.com/googollee/eviltransform), and the example in the README of
# coordtransform (github.com/wandergis/coordtransform): WGS-84, GCJ-02, latitude first.
PUBLISHED = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),  # Shanghai
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),  # Shenzhen
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),  # Beijing
    ((39.915, 116.404), (39.91640428150164, 116.41024449916938)),
]
OUTSIDE = [(39.7392, -104.9903), (51.5, -0.1), (-33.9, 151.2), (35.0, 140.0)]
PLACES = [(36.67, 117.02), (36.9, 116.7), (22.3, 114.2), (45.8, 126.5), (31.2, 121.5), (29.7, 91.1)]


def _metres(a, b):
    """On a sphere: enough for differences of a metre."""
    north = math.radians(a[0] - b[0])
    east = math.radians(a[1] - b[1]) * math.cos(math.radians(a[0]))
    return math.hypot(north, east) * 6_371_000


@pytest.mark.parametrize(("wgs", "gcj"), PUBLISHED)
def test_published_pairs_to_a_metre(wgs, gcj):
    assert _metres(gcj02.to_gcj02(*wgs), gcj) < 0.01  # asked for: 1 m


@pytest.mark.parametrize("place", OUTSIDE)
def test_places_outside_stay(place):
    assert gcj02.to_gcj02(*place) == place
    assert gcj02.from_gcj02(*place) == place


@pytest.mark.parametrize("place", PLACES)
def test_the_way_back(place):
    shifted = gcj02.to_gcj02(*place)
    assert 100 < _metres(shifted, place) < 1000
    assert _metres(gcj02.from_gcj02(*shifted), place) < 0.001  # asked for: 0.5 m


@pytest.fixture
def folder(tmp_path):
    drawing = new_map(
        Text("m", "m"), bounds=(116.9, 36.6, 117.1, 36.8), note=Text("", ""), tiles="amap"
    )
    drawing.save(tmp_path / "map.html")
    return tmp_path


@pytest.mark.browser
def test_the_page_shifts_as_the_module_does(browser, folder):
    page = browser.new_context().new_page()
    asked = []

    def answer(route):
        asked.append(route.request.url)
        route.abort()

    page.route("https://**/*", answer)
    page.goto((folder / "map.html").as_uri())
    page.wait_for_timeout(200)
    for place in [*PLACES, *OUTSIDE, *(wgs for wgs, _ in PUBLISHED)]:
        there = page.evaluate("([lat, lon]) => plan.gcj.from(lat, lon)", list(place))
        assert _metres(there, gcj02.to_gcj02(*place)) < 1e-6
        assert _metres(page.evaluate("(at) => plan.gcj.back(...at)", there), place) < 0.001
    # The map's own places stay WGS-84; only where they are drawn is shifted, as the tiles are.
    drawn = page.evaluate(
        """() => {
          const point = plan.map.project([36.7, 117.0], 12);
          const plain = L.CRS.EPSG3857.pointToLatLng(point, 12);
          const back = plan.map.unproject(point, 12);
          return [[plain.lat, plain.lng], [back.lat, back.lng]];
        }"""
    )
    assert _metres(drawn[0], gcj02.to_gcj02(36.7, 117.0)) < 0.01
    assert _metres(drawn[1], (36.7, 117.0)) < 0.01
    assert asked
    assert all("is.autonavi.com/appmaptile" in url for url in asked)
    page.context.close()
