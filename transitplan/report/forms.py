"""The section on forms: what each option is, what it costs by element, what else to know."""

from typing import Any

from markupsafe import Markup

from transitplan.report import names
from transitplan.report.cells import Cell, money_cell, number_cell, text_cell
from transitplan.report.parts import Figure, Section, Table
from transitplan.scenario.case import Case, Form, Site
from transitplan.scenario.form_tables import (
    form_assumptions,
    form_elements,
    form_notes,
    form_table,
)
from transitplan.scenario.library import form_library
from transitplan.viz import palette
from transitplan.viz.profiles import River, Way, long_section
from transitplan.viz.text import (
    NOTHING,
    Text,
    amounts,
    as_text,
    finite,
    hover,
    join,
    money,
    number,
    percent,
)

_GROUPS = (  # columns of the cost table: elements that go together
    (("main", "second", "cables"), Text("Structure", "结构")),
    (("rail_deck",), Text("Rail deck", "轨道层")),
    (("plant",), Text("Plant", "机电")),
    (("road",), Text("Approach road", "引道")),
    (("supervision",), Text("Design, supervision", "设计监理")),
    (("land",), Text("Land", "土地")),
)
_TOPICS = {
    "flood": Text("Floods", "防洪"),
    "ecology": Text("Nature", "生态"),
    "ground": Text("Ground", "地质与净空"),
    "approach": Text("Approach roads", "接线道路"),
}


def forms_section(case: Case) -> Section:
    """What each option is, its cost by element, its energy, land and carbon, and notes."""
    sections = [_long_section(site) for site in case.sites]
    parts = [_built(case), *sections, _used(case), _costs(case), _running(case), _notes(case)]
    return Section(
        "forms",
        Text("The options", "方案构成"),
        Text(
            "What each option consists of. Lengths follow from the dykes, the cover or clearance "
            "and the gradient unless a published length is known; the values they were made from "
            "stand under assumptions.",
            "各方案的构成。除有公布长度者外，长度由大堤间距、覆土或净空及纵坡推算；所用取值见“假设”。",
        ),
        [part for part in parts if part is not None],
    )


def kind_title(kind: str) -> Text:
    """Name of a kind of the library; nothing for a form that the option file gives whole."""
    rows = form_library().get(kind)
    if rows is None:
        return as_text(NOTHING)
    return Text(str(rows["name"].value), str(rows["name_zh"].value))


def _built(case: Case) -> Table:
    titles = names.options(case)
    body: list[list[Cell]] = [
        [
            titles[row.option_id],
            kind_title(row.kind),
            number_cell(row.length_km, 3, "km"),
            _lengths(row),
            percent(row.gradient, 1),
            f"{row.lanes:g}",
            f"{row.open_year - row.build_years}–{row.open_year}",
        ]
        for row in names.records(form_table(case))
    ]
    return Table(
        Text("What is built", "建设内容"),
        [
            Text("Option", "方案"),
            Text("Kind", "类型"),
            Text("Length [km]", "长度 [公里]"),
            Text("Approach + ramps + level [km]", "引道＋坡道＋平段 [公里]"),
            Text("Gradient", "纵坡"),
            Text("Lanes each way", "单向车道"),
            Text("Built", "建设期"),
        ],
        body,
        made=Text("from the option files and the form library", "取自方案文件与形式库"),
        words=frozenset({1}),
    )


def _long_section(site: Site) -> Figure | None:
    """Long section of a site's forms, where the library made them."""
    drawn = [form for form in site.forms if form.parts and _row(form, "dyke_width_m") is not None]
    if not drawn:
        return None
    first = drawn[0]
    middle = next(i for i, part in enumerate(first.parts) if part.part == "structure")
    before = sum(part.length_m for part in first.parts[:middle])
    centre = before + first.parts[middle].length_m / 2
    half = (_row(first, "dyke_width_m") or 0.0) / 2
    crest = max(_row(form, "dyke_height_m") or 0.0 for form in drawn)
    title = Text(f"{site.name}: long section", f"{site.name_zh}：纵断面")
    return Figure(
        title,
        long_section(
            [_way(form) for form in drawn],
            River(centre - half, centre + half, crest),
            title=title,
        ),
        Text(
            "Gradients and depths by the rule of the form library; heights stretched.",
            "纵坡与埋深按形式库规则推算；竖向比例放大。",
        ),
        half=True,
    )


def _way(form: Form) -> Way:
    at, height = [0.0], [0.0]
    for part in form.parts:
        at.append(at[-1] + part.length_m)
        height.append(height[-1] + part.length_m * part.gradient)
    name = names.form(form.form) if form.label == form.form else as_text(form.label)
    colour = palette.form_colour(form.form)
    return Way(name, at, height, colour, dashed=form.form == "tunnel")


def _row(form: Form, parameter_id: str) -> float | None:
    """Value of a number that the form was made from."""
    found = (row.value for row in form.assumptions if row.parameter_id == parameter_id)
    return next((float(value) for value in found), None)


def _used(case: Case) -> Table:
    titles = names.options(case)
    body: list[list[Cell]] = []
    for row in names.records(form_table(case)):
        joins = row.form != "widening"  # which leaves speeds, bans and tolls as they are
        body.append(
            [
                titles[row.option_id],
                _speeds(row) if joins else NOTHING,
                number_cell(row.lanes * row.lane_capacity_pceph, 2) if joins else NOTHING,
                names.vehicles(row.banned_uses) if joins else NOTHING,
                _tolls(row) if joins else NOTHING,
                percent(row.availability, 1),
            ]
        )
    return Table(
        Text("Who may use it", "通行条件"),
        [
            Text("Option", "方案"),
            Text("Speed; truck uphill [km/h]", "车速；货车上坡 [公里/小时]"),
            Text("Capacity each way [pce/h]", "单向通行能力 [标准车/小时]"),
            Text("Kept out", "禁行"),
            Text("Toll, car / truck [CNY]", "收费，客 / 货 [元]"),
            Text("Open", "开放率"),
        ],
        body,
        made=Text("from the option files and the form library", "取自方案文件与形式库"),
        words=frozenset({3}),
    )


def _costs(case: Case) -> Table | None:
    titles, elements = names.options(case), form_elements(case)
    if elements.empty:
        return None
    table = form_table(case).set_index("option_id")
    present = [(ids, title) for ids, title in _GROUPS if elements["element_id"].isin(ids).any()]
    body: list[list[Cell]] = []
    for option in elements["option_id"].unique():
        own = elements[elements["option_id"] == option].set_index("element_id")
        total = table.loc[option]
        cells = [_sum(own, ids) for ids, _ in present]
        ends = [total["capital_low_cny"], total["capital_high_cny"]]
        body.append([titles[option], money_cell(total["capital_cost_cny"]), amounts(ends), *cells])
    return Table(
        Text("Capital cost by element", "造价构成"),
        [
            Text("Option", "方案"),
            Text("Capital", "造价"),
            Text("Low to high", "上下限"),
            *(title for _, title in present),
        ],
        body,
        made=Text(
            "lengths times the unit costs of the form library, or as the option file gives them; "
            "low and high of each element under the mouse",
            "长度乘以形式库单价，或取自方案文件；各项上下限见鼠标悬停",
        ),
    )


def _running(case: Case) -> Table:
    titles, table = names.options(case), form_table(case)
    rail = bool((table["rail_passengers_per_day"] > 0).any())
    body: list[list[Cell]] = [
        [
            titles[row.option_id],
            money_cell(row.upkeep_cny_per_year, "CNY/year"),
            number_cell(row.energy_gwh_per_year, 2, "GWh/year"),
            number_cell(row.land_ha, 2, "ha"),
            _tonnes(row.embodied_co2_t),
            _tonnes(row.operation_co2_t_per_year),
            *([_rail(row)] if rail else []),
        ]
        for row in names.records(table)
    ]
    return Table(
        Text("Upkeep, energy, land and carbon", "养护、能耗、用地与碳排放"),
        [
            Text("Option", "方案"),
            Text("Upkeep a year, power included", "年养护费（含电费）"),
            Text("Electricity [GWh a year]", "用电 [吉瓦时/年]"),
            Text("Land [ha]", "用地 [公顷]"),
            Text("CO2 built in [1000 t]", "建造碳排放 [千吨]"),
            Text("CO2 a year [1000 t]", "年碳排放 [千吨]"),
            *(
                [Text("Rail passengers a day; minutes saved", "日轨道客流；节省分钟")]
                if rail
                else []
            ),
        ],
        body,
        made=Text("from the option files and the form library", "取自方案文件与形式库"),
    )


def _notes(case: Case) -> Table | None:
    rows = form_notes(case)
    if rows.empty:
        return None
    titles = names.options(case)
    order = {topic: place for place, topic in enumerate(_TOPICS)}
    place = rows["topic"].map(order).fillna(len(order))
    rows = rows.assign(place=place).sort_values("place", kind="stable")
    body: list[list[Cell]] = [
        [
            _TOPICS.get(str(topic), as_text(str(topic))),
            Text(str(en or zh), str(zh or en)),
            join((titles[option] for option in own["option_id"]), en="; ", zh="；"),
        ]
        for (topic, en, zh), own in rows.groupby(["topic", "en", "zh"], sort=False)
    ]
    return Table(
        Text("What else to know", "其他说明"),
        [Text("On", "方面"), Text("Note", "说明"), Text("Options", "方案")],
        body,
        made=Text("from the form library and the option files", "取自形式库与方案文件"),
        words=frozenset({1, 2}),
    )


def library_table(case: Case) -> Table | None:
    """Every value that the forms were made from, with its range, source and status."""
    rows = form_assumptions(case)
    if rows.empty:
        return None
    titles = names.options(case)
    body: list[list[Cell]] = [
        [
            Text(str(row.name), str(row.name_zh)),
            _value(row.value, str(row.unit)),
            _range(row.low, row.high, str(row.unit)),
            Text("yes", "是") if row.overridden else Text("no", "否"),
            names.known(row.status),
            text_cell(row.source),
            _users(str(row.options), titles),
        ]
        for row in names.records(rows)
    ]
    return Table(
        Text("Values of the forms", "各形式的取值"),
        [
            Text("What", "名称"),
            Text("Value", "取值"),
            Text("Range", "范围"),
            Text("Set by the option file", "方案文件指定"),
            Text("Status", "状态"),
            Text("Source", "来源"),
            Text("Options", "方案"),
        ],
        body,
        made=Text("from the form library and the option files", "取自形式库与方案文件"),
        words=frozenset({1, 4, 5, 6}),
        folded=True,
    )


def _lengths(row: Any) -> str:
    parts = [row.approach_km, row.ramp_km, row.level_km]
    known = [finite(part) for part in parts]
    return (
        NOTHING
        if known[0] is None
        else " + ".join(f"{part:.1f}" for part in known if part is not None)
    )


def _speeds(row: Any) -> str:
    climb = finite(row.truck_climb_kph)
    slower = f"; {climb:g}" if climb is not None and "truck" not in row.banned_uses else ""
    return f"{row.free_speed_kph:g}{slower}"


def _tolls(row: Any) -> str:
    truck = finite(row.toll_truck_cny)
    return f"{row.toll_cny:g} / {row.toll_cny if truck is None else truck:g}"


def _sum(own: Any, ids: tuple[str, ...]) -> Cell:
    found = own[own.index.isin(ids)][["cny", "low_cny", "high_cny"]].sum()
    if not found["cny"]:
        return NOTHING
    low, high = (f"{found[end]:,.0f}" for end in ("low_cny", "high_cny"))
    shown = money(found["cny"])
    return Markup('<span class="n" title="{} to {} CNY">{}</span>').format(low, high, shown)


def _tonnes(value: float) -> Cell:
    return hover(number(value / 1000.0, 2), value, "t")


def _rail(row: Any) -> Text:
    if not row.rail_passengers_per_day:
        return as_text(NOTHING)
    people = f"{row.rail_passengers_per_day:,.0f} ({row.rail_passengers_low:,.0f}–"
    people += f"{row.rail_passengers_high:,.0f})"
    minutes = f"{row.rail_minutes_saved:g} ({row.rail_minutes_low:g}–{row.rail_minutes_high:g})"
    return as_text(f"{people}; {minutes}")


def _value(value: object, unit: str) -> Text:
    if isinstance(value, str):
        return names.let_in(value)
    if unit.startswith("CNY/"):
        return money(value) + names.per(unit)
    return names.quantity(value, unit)


def _range(low: object, high: object, unit: str) -> Text:
    ends = [finite(low), finite(high)]
    if ends[0] is None or ends[1] is None:
        return as_text(NOTHING)
    if unit.startswith("CNY"):
        return amounts(ends)
    if unit.startswith("share"):
        return join([percent(end, 1) for end in ends], en=" to ", zh=" 至 ")
    return join([number(end, 3) for end in ends], en=" to ", zh=" 至 ")


def _users(options: str, titles: dict[str, Text]) -> Text:
    own = options.split(", ")
    if len(own) == len(titles):
        return Text("all", "全部")
    return join((titles[option] for option in own), en="; ", zh="；")
