import xml.etree.ElementTree as ET

import numpy as np
import pytest

from transitplan.viz.charts import MONEY, VEHICLES, Series, Span, densities, running_sums, spans
from transitplan.viz.labels import width_px
from transitplan.viz.text import Text

AXIS = Text("Net value", "净现值")


def _series(values):
    return Series(Text("Bridge", "桥梁"), np.asarray(values, dtype=float), "#cc6a0a")


def _charts():
    rng = np.random.default_rng(1)
    return {
        "densities": densities(
            [_series(rng.normal(1e9, 5e8, 900)), _series(rng.normal(-3e9, 5e8, 900))],
            unit=MONEY, axis=AXIS, zero=Text("nothing", "不建"),
        ),
        "one value": densities([_series([2e9] * 9)], unit=MONEY, axis=AXIS, zero=Text("0", "0")),
        "sums": running_sums(
            [2025, 2026, 2027], [_series([-1e9, -2e9, 1e9]), _series([-1e9, -2e9, 1e9])],
            unit=MONEY, axis=AXIS,
        ),
        "spans": spans([Span(Text("A & B", "甲"), 4e4, 4e4, 5e4)], unit=VEHICLES, axis=AXIS),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["densities", "one value", "sums", "spans"])
def test_charts_are_svg_with_text_in_both_languages(name):
    root = ET.fromstring(_charts()[name])  # noqa: S314  our own drawing
    texts = root.findall(".//text")
    assert {text.get("lang") for text in texts} >= {"en", "zh-Hans"}
    *_, wide, high = map(float, root.get("viewBox").split())
    for text in texts:
        assert 0 <= float(text.get("x")) <= wide
        assert 0 <= float(text.get("y")) <= high


def test_names_at_the_end_of_lines_do_not_meet():
    root = ET.fromstring(_charts()["sums"])  # noqa: S314  our own drawing
    names = [float(text.get("y")) for text in root.findall(".//text") if text.text == "Bridge"]
    assert abs(names[0] - names[1]) >= 13


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_long_labels_have_room_at_the_left(language):
    name = Text(
        "G20 Qingdao-Yinchuan Expressway Third Yellow River Bridge, northern span, 2020",
        "青银高速公路济南黄河大桥（黄河三桥）北岸引桥及南岸引桥与主桥合计流量，2020",
    )
    rows = [Span(name, 2e4, 6e4, 2e4), Span(Text("Short", "短"), 1e4, 2e4, 3e4)]
    root = ET.fromstring(spans(rows, unit=VEHICLES, axis=AXIS))  # noqa: S314  our own drawing
    labels = [
        text
        for text in root.findall(".//text")
        if text.get("lang") == language and text.get("text-anchor") == "end"
    ]
    assert len(labels) == 3
    for text in labels:
        assert float(text.get("x")) - width_px(text.text) >= 0
    joined = " " if language == "en" else ""
    assert joined.join(text.text for text in labels[:2]) in (name.en, name.zh)
    bar = min(float(rect.get("x")) for rect in root.findall(".//rect"))
    assert bar >= max(float(text.get("x")) for text in labels)
