"""What things are called in both languages: options, places, forms, classes of road and vehicle."""

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from transitplan.report.assessment import Assessment
from transitplan.scenario.case import NONE, Case, Site, option_id
from transitplan.viz import words
from transitplan.viz.text import NOTHING, Text, as_text, finite, join, money, number

FORMS = words.FORMS
STATUSES = words.STATUSES
ROAD_CLASSES = words.ROAD_CLASSES
VEHICLES = {
    "car": Text("cars", "小客车"),
    "car_commute": Text("cars, commuting", "小客车通勤"),
    "car_business": Text("cars, business", "小客车公务"),
    "car_other": Text("cars, other trips", "小客车其他出行"),
    "truck": Text("trucks", "货车"),
    "light_truck": Text("light trucks", "轻型货车"),
    "heavy_truck": Text("heavy trucks", "重型货车"),
    "bus": Text("buses", "公交车"),
    "taxi": Text("taxis", "出租车"),
    "bicycle": Text("bicycles", "自行车"),
    "cycle": Text("cycles", "自行车"),
    "walk": Text("walkers", "行人"),
    "dangerous_goods": Text("dangerous goods", "危险品"),
}
USES = {  # groups of uses
    "all": Text("everything", "所有车辆与行人"),
    "motor": Text("motor vehicles", "机动车"),
    "light": Text("cars and buses", "小客车与公交"),
    "light_and_cycle": Text("all but trucks", "货车以外"),
    "no_dangerous_goods": Text("all but dangerous goods", "危险品以外"),
}
GROUPS = {  # of zones that grow together
    "generator": Text("airports, stations, ports", "机场、车站、港口"),
    "external": Text("outside the study area", "研究范围以外"),
    "rest": Text("everywhere else", "其余地区"),
}
TOLLS_ZH = {  # by the first word of a rule
    "yes": "收费",
    "no": "不收费",
    "none": "不收费",
    "free": "不收费",
    "partly": "部分车辆收费",
    "unknown": "不详",
}
KNOWN = {
    "high": Text("high", "高"),
    "medium": Text("medium", "中"),
    "low": Text("low", "低"),
    "assumed": Text("assumed", "假定"),
    "sourced": Text("sourced", "有来源"),
    "derived": Text("derived", "推算"),
    "measured": Text("measured", "实测"),
    "published": Text("published", "公布"),
    "calibrated": Text("fitted", "标定"),
    "unknown": Text("unknown", "不详"),
    "yes": Text("yes", "有"),
    "no": Text("no", "无"),
}


def capital(words: Text) -> Text:
    """Begin the English with a capital letter."""
    return Text(words.en[:1].upper() + words.en[1:], words.zh)


def records(frame: pd.DataFrame) -> Iterator[Any]:
    """Rows of a table, their cells by name."""
    return frame.itertuples(index=False)


def called(row: object) -> Text:
    """Name of anything that has ``name`` and ``name_zh``; one stands in for the other."""
    english, chinese = (_filled(getattr(row, key, "")) for key in ("name", "name_zh"))
    return Text(english or chinese, chinese or english)


def _filled(value: object) -> str:
    return value if isinstance(value, str) else ""


def form(word: str) -> Text:
    """Form of a crossing in words."""
    return FORMS.get(word, as_text(word))


def form_title(word: str) -> Text:
    """Form of a crossing as the first word of a row or a sentence."""
    return capital(form(word))


def status(word: str) -> Text:
    """Status of a crossing in words."""
    return STATUSES.get(word, as_text(word))


def vehicles(uses: object) -> Text:
    """Comma-separated uses in words; a dash where there are none."""
    words = [use.strip() for use in str(uses or "").split(",") if use.strip()]
    if not words or words == ["nan"]:
        return as_text(NOTHING)
    return join(VEHICLES.get(word, as_text(word.replace("_", " "))) for word in words)


def let_in(words: str) -> Text:
    """Who may use a road, as ``allowed_uses`` says it."""
    return join(USES.get(word.strip()) or vehicles(word) for word in words.split(","))


def per(unit: str) -> Text:
    """Write what an amount of money is for: ``/lane-km``."""
    rest = unit.removeprefix("CNY")
    return Text(rest, _UNITS_ZH.get(unit, rest).removeprefix("元"))


def toll(rule: str) -> Text:
    """Toll rule as the case has it; in Chinese only its kind, the case has no more."""
    chinese = TOLLS_ZH.get(re.split(r"\W", rule)[0])
    if chinese is None:
        return as_text(rule)
    return Text(rule, chinese + "（高速公路通行费）" * ("expressway toll" in rule))


def group(assessment: Assessment, word: str) -> Text:
    """Group of zones in words: a cluster by its name."""
    return GROUPS.get(word) or short(places(assessment.case).get(word, as_text(word)))


def known(word: object) -> Text:
    """Confidence or status of a number in words."""
    return KNOWN.get(str(word), as_text(str(word)))


def site_of(assessment: Assessment, option_id: str) -> Site | None:
    """Return the site of an option, None for the option that builds nothing."""
    if option_id == NONE:
        return None
    rows = assessment.appraisal
    site_id = rows.loc[rows["option_id"] == option_id, "site_id"].iloc[0]
    return next(site for site in assessment.case.sites if site.site_id == site_id)


def option_form(assessment: Assessment, option_id: str) -> str:
    """Form of an option: bridge, tunnel or none."""
    if option_id == NONE:
        return NONE
    rows = assessment.appraisal
    return str(rows.loc[rows["option_id"] == option_id, "form"].iloc[0])


def option(case: Case, option_id: str) -> Text:
    """Name of an option with its site: its form, or its label where it has one of its own."""
    if option_id == NONE:
        return capital(FORMS[NONE])
    site, built = case.find(option_id)
    words = form(built.form) if built.label == built.form else as_text(built.label)
    return Text(f"{site.name}: {words.en}", f"{site.name_zh}：{words.zh}")


def options(case: Case) -> dict[str, Text]:
    """Name of every option that builds something, with its site."""
    built = [option_id(site, form) for site in case.sites for form in site.forms]
    return {each: option(case, each) for each in built}


def built_options(assessment: Assessment) -> list[str]:
    """Options that build something, in the order of the sites of the case."""
    order = {site.site_id: position for position, site in enumerate(assessment.case.sites)}
    rows = assessment.appraisal[assessment.appraisal["option_id"] != NONE]
    return [
        str(name)
        for name in rows.assign(_at=rows["site_id"].map(order)).sort_values("_at", kind="stable")[
            "option_id"
        ]
    ]


def site_options(assessment: Assessment, site_id: str) -> list[str]:
    """Return the options of one site that build something, bridge before tunnel."""
    rows = assessment.appraisal[assessment.appraisal["site_id"] == site_id]
    rows = rows[rows["option_id"] != NONE]
    return [str(name) for name in rows.sort_values("form", kind="stable")["option_id"]]


def places(case: Case) -> dict[str, Text]:
    """Names of clusters and hubs by id, clusters first."""
    rows = case.network.clusters
    ordered = rows.sort_values("kind", kind="stable")
    return {str(row.cluster_id): called(row) for row in records(ordered)}


def short_places(case: Case) -> dict[str, Text]:
    """Names of clusters and hubs by id, without what stands in brackets."""
    return {place: short(name) for place, name in places(case).items()}


def pair(assessment: Assessment, words: object, *, brief: bool = False) -> Text:
    """Name a pair of places from two ids with a sign between them; other words stay as they are."""
    named = (short_places if brief else places)(assessment.case)
    text = str(words or "")
    for sign in (" → ", "→", "–", "->", ">", "-", "/", " to ", " "):
        ends = [end.strip() for end in text.split(sign)]
        if len(ends) == PAIR and all(end in named for end in ends):
            return join([named[ends[0]], named[ends[1]]], en=" – ", zh="—")
    return as_text(text or NOTHING)


def horizon_year(assessment: Assessment) -> int:
    """Last year of the case."""
    return max(assessment.case.years)


def in_languages(words: str) -> Text:
    """Split ``泉城广场 Quancheng Square`` where its language changes; else the whole in both."""
    found = _ZH_THEN_EN.fullmatch(words.strip()) or _EN_THEN_ZH.fullmatch(words.strip())
    return Text(found["en"], found["zh"]) if found else as_text(words)


def short(words: Text) -> Text:
    """Leave out what stands in brackets."""
    return Text(_BRACKETS.sub("", words.en), _BRACKETS.sub("", words.zh))


def crossing(words: Text, river: Text) -> Text:
    """Leave the name of the river out of the English name of a crossing: all of them cross it."""
    return Text(words.en.replace(f" {river.en}", "") if river.en else words.en, words.zh)


def river(case: Case) -> Text:
    """Name of the river on the case's ground; empty where it has none."""
    for facts in (each["properties"] for each in case.ground.get("features", ())):
        if facts.get("kind") == "river" and facts.get("name"):
            return Text(facts["name"], facts.get("name_zh") or facts["name"])
    return as_text("")


PAIR = 2
_ZH = "\u2e80-\uffef"
_ZH_THEN_EN = re.compile(rf"(?P<zh>[^a-z]*[{_ZH}])\s*(?P<en>[^{_ZH}]*[a-z][^{_ZH}]*)")
_EN_THEN_ZH = re.compile(rf"(?P<en>[^{_ZH}]*[a-z][^{_ZH}]*?)\s*(?P<zh>[{_ZH}][^a-z]*)")
_BRACKETS = re.compile(r"\s*[(（][^)）]*[)）]")
_UNITS_ZH = {
    "h/day": "小时/日",
    "days/year": "天/年",
    "CNY/h": "元/小时",
    "CNY/km": "元/公里",
    "CNY/person-h": "元/人时",
    "CNY/veh-h": "元/车时",
    "pce/veh": "标准车/辆",
    "trips/person/day": "次/人日",
    "trips/job/day": "次/岗位日",
    "1/km": "1/公里",
    "CNY/lane-km": "元/车道公里",
    "CNY/km/year": "元/公里年",
    "CNY/ha": "元/公顷",
    "GWh/km/year": "吉瓦时/公里年",
    "GWh/year": "吉瓦时/年",
    "ha": "公顷",
    "ha/km": "公顷/公里",
    "kg CO2/kWh": "千克CO2/千瓦时",
    "km/h": "公里/小时",
    "CNY/year": "元/年",
    "lanes": "条",
    "m": "米",
    "pce/h": "标准车/小时",
    "t CO2": "吨CO2",
    "t CO2/m": "吨CO2/米",
    "t CO2/year": "吨CO2/年",
    "CNY/veh-km": "元/车公里",
    "CNY/kWh": "元/千瓦时",
    "CNY/t": "元/吨",
    "CNY/kg": "元/千克",
    "kg/km": "千克/公里",
    "g/km": "克/公里",
    "kg/kWh": "千克/千瓦时",
    "kWh/km": "千瓦时/公里",
    "1/min": "1/分钟",
    "share": "",
    "share/year": "/年",
    "ratio": "",
    "-": "",
    "year": "年",
    "years": "年",
    "min": "分钟",
    "km": "公里",
    "persons": "人",
    "jobs": "个",
    "CNY": "元",
    "s": "秒",
    "h": "小时",
    "h/year": "小时/年",
    "t": "吨",
    "t/year": "吨/年",
    "veh/h": "辆/小时",
    "veh/day": "辆/日",
    "trips/day": "人次/日",
}


def unit_words(unit: str) -> Text:
    """Write a unit; nothing for what has none, as ratios and shares."""
    chinese = _UNITS_ZH.get(unit, unit)
    return Text(unit if chinese else "", chinese)


def quantity(value: object, unit: object) -> Text:
    """Write a value with its unit: money in billions, shares in per cent."""
    if unit == "CNY":
        return money(value)
    text = str(unit or "")
    if text == "1/year":
        text = "share/year"
    if text.startswith("share") and finite(value) is not None:
        shown = number(float(str(value)) * 100) + " %"
        return Text(shown + text.removeprefix("share"), shown + _UNITS_ZH.get(text, ""))
    shown = number(value)
    english = "" if text in ("ratio", "-") else text
    return Text(f"{shown} {english}".strip(), f"{shown} {_UNITS_ZH.get(text, text)}".strip())
