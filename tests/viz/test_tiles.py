import pytest

from transitplan.errors import ValidationError
from transitplan.viz.maps import new_map, page
from transitplan.viz.offline import content_policy
from transitplan.viz.text import Text
from transitplan.viz.tiles import named_tiles

OWN = "https://tiles.example/{z}/{x}/{y}.png"


def test_none_unless_asked_for():
    assert named_tiles("") is None
    drawing = new_map(Text("m", "m"), bounds=(0.0, 0.0, 1.0, 1.0), note=Text("", ""))
    html = page(drawing)
    assert "L.tileLayer" not in html.split("</head>")[1]
    assert 'img-src data:">' in html


@pytest.mark.parametrize(
    ("asked", "host", "shifted"),
    [
        ("osm", "https://tile.openstreetmap.org", False),
        ("amap", "https://webrd03.is.autonavi.com", True),
        ("tianditu:abc123", "https://t7.tianditu.gov.cn", False),
        (OWN, "https://tiles.example", False),
    ],
)
def test_the_policy_lets_in_the_hosts_of_the_tiles(asked, host, shifted):
    source = named_tiles(asked)
    assert host in content_policy(source.address, source.hosts)
    assert "*" not in content_policy(source.address, source.hosts)
    assert source.shifted == shifted


@pytest.mark.parametrize("asked", ["bing", "tianditu", "tianditu:", "tianditu:a b", "https://x/y"])
def test_anything_else_is_refused(asked):
    with pytest.raises(ValidationError, match="Use osm, amap, tianditu:KEY"):
        named_tiles(asked)


@pytest.fixture
def folder(tmp_path):
    for name, asked in (("osm", "osm"), ("tianditu", "tianditu:k1"), ("own", OWN)):
        drawing = new_map(
            Text("m", "m"), bounds=(116.9, 36.6, 117.1, 36.8), note=Text("", ""), tiles=asked
        )
        drawing.save(tmp_path / f"{name}.html")
    return tmp_path


@pytest.mark.browser
@pytest.mark.parametrize(
    ("name", "host", "credit"),
    [
        ("osm", "tile.openstreetmap.org", "OpenStreetMap"),
        ("tianditu", "tianditu.gov.cn", "Tianditu"),
        ("own", "tiles.example", "tiles.example"),
    ],
)
def test_only_tiles_are_asked_for_and_their_maker_is_named(browser, folder, name, host, credit):
    page = browser.new_context().new_page()
    asked, complaints = [], []
    pixel = (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
        b"\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99"
        b"=\x1d\x00\x00\x00\x00IEND\xaeB`\x82"
    )

    def answer(route):
        asked.append(route.request.url)
        route.fulfill(body=pixel, content_type="image/png")

    page.route("https://**/*", answer)
    page.on("console", lambda said: complaints.append(said.text))
    page.goto((folder / f"{name}.html").as_uri())
    page.wait_for_timeout(200)
    assert asked
    assert all(host in url for url in asked)
    assert credit in page.locator(".leaflet-control-attribution").inner_text()
    assert [said for said in complaints if "Policy" in said] == []
    page.context.close()
