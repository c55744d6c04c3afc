"""How each layer of results.gpkg is drawn in QGIS: the colours of the pages, widths by amounts."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.layer_words import LAYERS, column_words
from transitplan.report.qgis_style import Look, Rule, Symbol
from transitplan.viz import palette
from transitplan.viz.text import Text, as_text, rounded

NAMES = Text("name", "name_zh")  # columns that label a row
TITLES = Text("title", "title_zh")
LOST, GAINED = palette.RELATIVE_COLOURS[0], palette.RELATIVE_COLOURS[-1]
KINDS = {
    "river": Text("river", "河流"),
    "water": Text("water", "水面"),
    "start_up_area": Text("Start-up Area", "起步区"),
    "district": Text("districts", "行政区"),
    "town_label": Text("towns", "乡镇"),
    "cluster": Text("cluster", "组团"),
    "hub": Text("hub", "枢纽"),
}
MODES = {"car": Text("car", "小客车"), "transit": Text("public transport", "公共交通")}
PAIR_BREAKS = (30.0, 45.0, 60.0)  # minutes by car


def looks(assessment: Assessment, frames: Mapping[str, pd.DataFrame]) -> dict[str, Look]:
    """Return the look of every layer that is there."""
    found = {}
    for name, frame in frames.items():
        shape, rules, more = _MAKERS[name](assessment, frame)
        columns = [str(each) for each in frame.columns if each != "geometry"]
        title, about = LAYERS[name]
        found[name] = Look(shape, title, about, rules, column_words(name, columns), **more)
    return found


Made = tuple[str, list[Rule], dict[str, Any]]


def _wide(column: str, largest: float, least: float, most: float) -> tuple[str, str]:
    """Width of a line by an amount, and an offset that sets each direction to its own side."""
    width = (
        f'scale_linear(abs(coalesce("{column}", 0)), 0, {max(largest, 1.0):g}, {least:g}, {most:g})'
    )
    return width, f"0.12 + {width} / 2"


def _largest(values: "pd.Series[Any]") -> float:
    known = np.abs(values.to_numpy(dtype=float))
    return rounded(float(known[np.isfinite(known)].max(initial=0.0)), 1)


def _links(_: Assessment, frame: pd.DataFrame) -> Made:
    width, offset = _wide("flow_vph", _largest(frame["flow_vph"]), 0.25, 3.0)
    ratio = '"volume_capacity_ratio"'
    breaks = (-np.inf, *palette.LOAD_BREAKS, np.inf)
    rules = [
        Rule(
            names.capital(names.ROAD_CLASSES["connector"]),
            Symbol("line", palette.HAIRLINE, 0.2, dashed=True),
            "\"facility_type\" = 'connector'",
        )
    ]
    for low, high, colour in zip(breaks[:-1], breaks[1:], palette.LOAD_COLOURS, strict=True):
        above = "" if np.isinf(low) else f" AND {ratio} >= {low:g}"
        below = "" if np.isinf(high) else f" AND {ratio} < {high:g}"
        told = _between(low, high)
        rules.append(
            Rule(
                told,
                Symbol("line", colour, 1.2, width=width, offset=offset),
                f"\"facility_type\" <> 'connector' AND {ratio} IS NOT NULL{above}{below}",
            )
        )
    rules.append(Rule(Text("no flow", "无流量"), Symbol("line", palette.HAIRLINE, 0.3), "ELSE"))
    return "line", rules, {}


def _between(low: float, high: float, unit: Text | str = "") -> Text:
    behind = as_text(unit)
    if np.isinf(low):
        return Text(f"under {high:g}{behind.en}", f"{high:g}{behind.zh}以下")
    if np.isinf(high):
        return Text(f"{low:g}{behind.en} and more", f"{low:g}{behind.zh}及以上")
    return as_text(f"{low:g}–{high:g}") + behind


def _option_links(assessment: Assessment, frame: pd.DataFrame) -> Made:
    width, offset = _wide("change_vph", _largest(frame["change_vph"]), 0.25, 3.5)
    signs = [
        Rule(
            Text("more traffic", "流量增加"),
            Symbol("line", palette.MORE, 1.2, width=width, offset=offset),
            '"change_vph" > 0',
        ),
        Rule(
            Text("less traffic", "流量减少"),
            Symbol("line", palette.LESS, 1.2, width=width, offset=offset),
            '"change_vph" < 0',
        ),
    ]
    return "line", _by_option(assessment, frame, lambda _: signs), {}


def _by_option(
    assessment: Assessment, frame: pd.DataFrame, below: Callable[[str], list[Rule]]
) -> list[Rule]:
    """One group of the legend an option; the first is shown, the others wait for a tick."""
    return [
        Rule(
            names.option(assessment.case, option),
            rows=f"\"option_id\" = '{option}'",
            below=below(option),
            shown=at == 0,
        )
        for at, option in enumerate(dict.fromkeys(frame["option_id"]))
    ]


def _gains(assessment: Assessment, frame: pd.DataFrame) -> Made:
    most = max(_largest(frame["user_benefit_cny"]), 1.0)
    size = f'1.5 + 9 * sqrt(abs("user_benefit_cny") / {most:g})'
    signs = [
        Rule(
            words,
            Symbol("marker", palette.INK, 0.2, fill=colour, size_mm=4, size=size, opacity=0.8),
            f'"user_benefit_cny" {sign} 0',
        )
        for words, colour, sign in (
            (Text("gains", "受益"), GAINED, ">="),
            (Text("loses", "受损"), LOST, "<"),
        )
    ]
    return "marker", _by_option(assessment, frame, lambda _: signs), {"first": "user_benefit_cny"}


def _crossings(_: Assessment, frame: pd.DataFrame) -> Made:
    """Colour by form; white inside where it is not open."""
    kinds = frame[["form", "status"]].drop_duplicates().sort_values(["status", "form"])
    rules = []
    for form, status in kinds.itertuples(index=False):
        colour = palette.form_colour(form)
        fill = colour if str(status).startswith("open") else "#ffffff"
        form_words, state = names.form_title(form), names.status(status)
        rules.append(
            Rule(
                Text(f"{form_words.en}, {state.en}", f"{form_words.zh}，{state.zh}"),
                Symbol("marker", colour, 0.6, fill=fill, form="diamond", size_mm=3.4),
                f"\"form\" = '{form}' AND \"status\" = '{status}'",
            )
        )
    return "marker", rules, {"label": NAMES}


def _clusters(_: Assessment, frame: pd.DataFrame) -> Made:
    shapes = {"cluster": ("circle", palette.INK), "hub": ("square", "#ffffff")}
    rules = []
    for kind in sorted(set(frame["kind"])):
        form, fill = shapes.get(kind, ("triangle", "#ffffff"))
        rules.append(
            Rule(
                names.capital(_kind(kind)),
                Symbol("marker", palette.INK, 0.5, fill=fill, form=form, size_mm=2.8),
                f"\"kind\" = '{kind}'",
            )
        )
    return "marker", rules, {"label": NAMES}


def _kind(kind: str) -> Text:
    return KINDS.get(kind, as_text(kind.replace("_", " ")))


def _cluster_pairs(_: Assessment, frame: pd.DataFrame) -> Made:
    edges = (-np.inf, *PAIR_BREAKS, np.inf)
    minutes = '"car_peak_min"'
    below = [
        Rule(
            _between(low, high, Text(" min", " 分钟")),
            Symbol("line", colour, 0.7, offset="0.5"),
            " AND ".join(
                [f"{minutes} IS NOT NULL"]
                + [f"{minutes} >= {low:g}"] * int(np.isfinite(low))
                + [f"{minutes} < {high:g}"] * int(np.isfinite(high))
            ),
        )
        for low, high, colour in zip(edges[:-1], edges[1:], palette.AMOUNT_COLOURS[:4], strict=True)
    ]
    below.append(
        Rule(
            Text("no way by car", "小客车不可达"),
            Symbol("line", palette.MUTED, 0.4, dashed=True, offset="0.5"),
            f"{minutes} IS NULL",
        )
    )
    rules = [
        Rule(
            Text(f"by car, peak of {year}", f"小客车，{year} 年高峰"),
            rows=f'"year" = {year}',
            below=below,
            shown=at == 0,
        )
        for at, year in enumerate(sorted(set(frame["year"])))
    ]
    return "line", rules, {}


def _options(assessment: Assessment, frame: pd.DataFrame) -> Made:
    rules: list[Rule] = []
    for row in names.records(frame.drop_duplicates("option_id")):
        rules.append(
            Rule(
                names.option(assessment.case, row.option_id),
                Symbol(
                    "line",
                    palette.form_colour(row.form),
                    1.6,
                    dashed="tunnel" in row.form,
                    # Beside each other, as forms of one site lie in the same place.
                    offset=f"{0.9 * (len(rules) % 2 * 2 - 1):g}",
                ),
                f"\"option_id\" = '{row.option_id}'",
            )
        )
    return "line", rules, {"label": TITLES}


def _isochrones(_: Assessment, frame: pd.DataFrame) -> Made:
    rules: list[Rule] = []
    for mode in dict.fromkeys(frame["mode"]):
        limits = sorted(set(frame.loc[frame["mode"] == mode, "within_min"]))
        colours = _spread(palette.REACH_COLOURS, len(limits))
        below = [
            Rule(
                Text(f"within {limit} min", f"{limit} 分钟内"),
                Symbol("fill", palette.MUTED, 0.15, fill=colour),
                f'"within_min" = {limit}',
            )
            for limit, colour in zip(limits, colours, strict=True)
        ]
        rules.append(
            Rule(
                names.capital(MODES.get(mode, as_text(mode))),
                rows=f"\"mode\" = '{mode}'",
                below=below,
                shown=not rules,
            )
        )
    return "fill", rules, {"first": "within_min"}


def _spread(colours: tuple[str, ...], wanted: int) -> Iterable[str]:
    return [colours[min(at, len(colours) - 1)] for at in range(wanted)]


def _zones(_: Assessment, frame: pd.DataFrame) -> Made:
    most = max(_largest(frame["population"]), 1.0)
    symbol = Symbol(
        "marker",
        palette.MUTED,
        0.2,
        fill=palette.HAIRLINE,
        opacity=0.7,
        size=f'0.8 + 5 * sqrt(coalesce("population", 0) / {most:g})',
    )
    shown = f"{most:,.0f}"
    words = Text(f"residents; largest: about {shown}", f"常住人口；最大约 {shown} 人")
    return "marker", [Rule(words, symbol)], {"first": "population"}


def _ground(shape: str) -> Callable[[Assessment, pd.DataFrame], Made]:
    def made(_: Assessment, frame: pd.DataFrame) -> Made:
        rules = []
        for kind in dict.fromkeys(frame["kind"]):
            colour = {
                "river": palette.WATER,
                "water": palette.WATER,
                "start_up_area": palette.AREA,
            }.get(kind, palette.HAIRLINE)
            hollow = shape == "fill" and kind == "district"
            symbol = Symbol(
                shape,
                colour,
                1.2 if shape == "line" else 0.3,
                fill="#ffffff" if hollow else colour,
                size_mm=1.2,
            )
            rules.append(Rule(names.capital(_kind(kind)), symbol, f"\"kind\" = '{kind}'"))
        return shape, rules, {"label": NAMES} if shape == "marker" else {}

    return made


_MAKERS: dict[str, Callable[[Assessment, pd.DataFrame], Made]] = {
    "links": _links,
    "option_links": _option_links,
    "crossings": _crossings,
    "clusters": _clusters,
    "gains": _gains,
    "cluster_pairs": _cluster_pairs,
    "options": _options,
    "isochrones": _isochrones,
    "zones": _zones,
    "ground_areas": _ground("fill"),
    "ground_lines": _ground("line"),
    "ground_places": _ground("marker"),
}
