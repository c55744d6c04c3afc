import folium
import pandas as pd
import pytest
from shapely.geometry import LineString

from tests.viz.tags import Tags
from transitplan.viz.maps import Field, Legend, Lines, Shapes, new_map, page
from transitplan.viz.offline import content_policy, take_offline
from transitplan.viz.text import Text


def _page():
    drawing = new_map(Text("Map", "图"), bounds=(117.0, 36.0, 118.0, 37.0), note=Text("n", "注"))
    shapes = Shapes([LineString([(117.123456789, 36.5), (117.2, 36.6)])], [Text("</script>", "路")])
    rows = pd.DataFrame({"shape": [0], "colour": ["#000000"], "width": [2.0], "dashed": [False]})
    layer = Lines(Text("Flow", "流量"), shapes, rows, fields=[Field(Text("v", "值"), ["7"])])
    for part in (shapes, layer, Legend([(layer, "<b>legend</b>")])):
        drawing.add_child(part)
    return page(drawing)


def test_equal_content_is_equal_bytes():
    assert _page() == _page()


def test_coordinates_are_steps_of_a_hundred_thousandth_degree():
    assert "[[3650000,11712346,10000,7654]," in _page()  # 117.123456789 → 117.12346 → 117.2
    assert "117.123" not in _page()


def test_data_cannot_close_the_script():
    assert "<\\/script>" in _page()


def test_any_folium_map_loads_nothing():
    drawing = folium.Map([36.7, 117.0], tiles=None)
    folium.Marker([36.7, 117.0], popup="here").add_to(drawing)
    take_offline(drawing)
    html = drawing.get_root().render()
    tags = Tags.of(html)
    assert "link" not in tags
    assert all("src" not in attributes for attributes in tags["script"])
    assert "jQuery" in html


@pytest.mark.parametrize(
    ("tiles", "hosts"),
    [("", "img-src data:"), ("https://{s}.tiles.org/{z}.png", "data: https://*.tiles.org")],
)
def test_only_the_host_of_the_tiles_is_let_in(tiles, hosts):
    assert f'{hosts}">' in content_policy(tiles)
