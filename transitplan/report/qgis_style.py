"""Looks of layers as QGIS reads them: rules, labels and names of columns, written as its XML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from xml.sax.saxutils import quoteattr

from transitplan.viz.palette import INK
from transitplan.viz.text import Text

VERSION = "3.22.0"  # of QGIS, whose files these are; later ones read them too
PARTS = "LayerConfiguration|Symbology|Labeling|Fields"
GEOMETRY = {"line": "Line", "marker": "Point", "fill": "Polygon"}


@dataclass(frozen=True)
class Symbol:
    """How a shape is drawn; sizes in mm.

    width, size, offset
        Expressions of QGIS in columns of the layer, where a row has its own.
    """

    shape: str  # line, marker or fill
    colour: str
    width_mm: float = 0.3
    dashed: bool = False
    fill: str = ""  # of markers and areas; the colour itself if empty
    size_mm: float = 2.6
    form: str = "circle"  # of markers
    opacity: float = 1.0
    width: str = ""
    offset: str = ""
    size: str = ""


@dataclass(frozen=True)
class Rule:
    """A line of the legend: the rows it holds for and how they are drawn, or rules below it."""

    title: Text
    symbol: Symbol | None = None
    rows: str = ""  # expression of QGIS; all rows if empty, ELSE: those that no other rule takes
    below: "Sequence[Rule]" = ()
    shown: bool = True


@dataclass(frozen=True)
class Look:
    """A layer as a reader finds it in QGIS.

    columns
        Name of each column in words, with its unit.
    label
        Column to label rows by, in each language; empty: none.
    first
        Column whose greatest values are drawn first, below the others.
    """

    shape: str
    title: Text
    about: Text
    rules: Sequence[Rule]
    columns: Mapping[str, Text] = field(default_factory=dict)
    label: Text = field(default_factory=lambda: Text("", ""))
    first: str = ""


def style_xml(look: Look, columns: Sequence[str], language: str) -> str:
    """Return the parts of a layer's style: within ``<qgis>`` of a style or a project's layer.

    Parameters
    ----------
    columns
        Of the layer, in its order.
    language
        ``en`` or ``zh``: of legend, labels and names of columns.
    """
    return _renderer(look, language) + _labels(look, language) + _aliases(look, columns, language)


def style_document(look: Look, columns: Sequence[str], language: str) -> str:
    """Return a style as ``layer_styles`` keeps it (QML)."""
    labels = int(bool(look.label.en))
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="{VERSION}" styleCategories="{PARTS}" labelsEnabled="{labels}">'
        f"{style_xml(look, columns, language)}</qgis>"
    )


def _say(words: Text, language: str) -> str:
    return words.zh if language == "zh" else words.en


def _renderer(look: Look, language: str) -> str:
    symbols: list[str] = []
    numbers = count(1)
    rules = "".join(_rule(rule, language, symbols, numbers) for rule in look.rules)
    order = (
        f'<orderby><orderByClause asc="0" nullsFirst="0">"{look.first}"</orderByClause></orderby>'
        if look.first
        else ""
    )
    return (
        f'<renderer-v2 type="RuleRenderer" symbollevels="0" enableorderby="{int(bool(order))}" '
        f'forceraster="0"><rules key="root">{rules}</rules>'
        f"<symbols>{''.join(symbols)}</symbols>{order}</renderer-v2>"
    )


def _rule(rule: Rule, language: str, symbols: list[str], numbers: "count[int]") -> str:
    """One rule and those below it; symbols are added to the list that rules refer to."""
    given = {"key": f"rule-{next(numbers)}", "label": _say(rule.title, language)}
    if rule.rows:
        given["filter"] = rule.rows
    if not rule.shown:
        given["checkstate"] = "0"
    if rule.symbol is not None:
        given["symbol"] = str(len(symbols))
        symbols.append(_symbol(str(len(symbols)), rule.symbol))
    below = "".join(_rule(each, language, symbols, numbers) for each in rule.below)
    return f"<rule{_attributes(given)}>{below}</rule>"


def _attributes(given: Mapping[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in given.items())


def _symbol(name: str, symbol: Symbol) -> str:
    kind, options = _OPTIONS[symbol.shape](symbol)
    own = {"outlineWidth": symbol.width, "offset": symbol.offset, "size": symbol.size}
    return (
        f'<symbol type="{symbol.shape}" name="{name}" alpha="{symbol.opacity:g}" '
        f'clip_to_extent="1" force_rhr="0"><layer class="{kind}" enabled="1" pass="0" locked="0">'
        f'<Option type="Map">{_options(options)}</Option>'
        f"{_by_row({key: each for key, each in own.items() if each})}</layer></symbol>"
    )


def _options(options: Mapping[str, str]) -> str:
    return "".join(
        f'<Option type="QString" name={quoteattr(key)} value={quoteattr(value)}/>'
        for key, value in options.items()
    )


def _by_row(expressions: Mapping[str, str]) -> str:
    """What each row has of its own: properties of a symbol as expressions."""
    if not expressions:
        return ""
    entries = "".join(
        f'<Option type="Map" name="{key}"><Option type="bool" name="active" value="true"/>'
        f'<Option type="QString" name="expression" value={quoteattr(expression)}/>'
        '<Option type="int" name="type" value="3"/></Option>'
        for key, expression in expressions.items()
    )
    return (
        '<data_defined_properties><Option type="Map"><Option type="QString" name="name" value=""/>'
        f'<Option type="Map" name="properties">{entries}</Option>'
        '<Option type="QString" name="type" value="collection"/></Option>'
        "</data_defined_properties>"
    )


def _ink(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},255"


def _line(symbol: Symbol) -> tuple[str, dict[str, str]]:
    return "SimpleLine", {
        "line_color": _ink(symbol.colour),
        "line_width": f"{symbol.width_mm:g}",
        "line_width_unit": "MM",
        "line_style": "dash" if symbol.dashed else "solid",
        "capstyle": "flat" if symbol.dashed else "round",
        "joinstyle": "round",
        "offset_unit": "MM",
    }


def _fill(symbol: Symbol) -> tuple[str, dict[str, str]]:
    return "SimpleFill", {
        "color": _ink(symbol.fill or symbol.colour),
        "style": "solid",
        "outline_color": _ink(symbol.colour),
        "outline_style": "solid" if symbol.width_mm else "no",
        "outline_width": f"{symbol.width_mm:g}",
        "outline_width_unit": "MM",
    }


def _marker(symbol: Symbol) -> tuple[str, dict[str, str]]:
    return "SimpleMarker", {
        "name": symbol.form,
        "color": _ink(symbol.fill or symbol.colour),
        "outline_color": _ink(symbol.colour),
        "outline_style": "solid",
        "outline_width": f"{symbol.width_mm:g}",
        "outline_width_unit": "MM",
        "size": f"{symbol.size_mm:g}",
        "size_unit": "MM",
    }


_OPTIONS = {"line": _line, "fill": _fill, "marker": _marker}


def _labels(look: Look, language: str) -> str:
    """Labels beside points and along lines, with a white rim so that they read on any ground."""
    column = _say(look.label, language)
    if not column:
        return ""
    placement = {"line": 2, "marker": 6, "fill": 1}[look.shape]  # curved; around; over centroid
    return (
        '<labeling type="simple"><settings calloutType="simple">'
        f'<text-style fieldName={quoteattr(column)} isExpression="0" fontFamily="Noto Sans" '
        f'fontSize="8" fontSizeUnit="Point" textColor="{_ink(INK)}" textOpacity="1" '
        'namedStyle="Regular"><text-buffer bufferDraw="1" bufferSize="0.8" '
        'bufferSizeUnits="MM" bufferColor="255,255,255,255" bufferOpacity="1"/></text-style>'
        f'<placement placement="{placement}" dist="1.2" distUnits="MM" placementFlags="10" '
        'predefinedPositionOrder="TR,TL,BR,BL,R,L,TSR,BSR" offsetType="1"/>'
        '<rendering drawLabels="1" mergeLines="1" obstacle="1"/></settings></labeling>'
    )


def _aliases(look: Look, columns: Sequence[str], language: str) -> str:
    told = "".join(
        f'<alias index="{at}" field={quoteattr(name)} '
        f"name={quoteattr(_say(look.columns[name], language))}/>"
        for at, name in enumerate(columns, start=1)
        if name in look.columns
    )
    return f"<aliases>{told}</aliases>"
