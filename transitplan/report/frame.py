"""The frame of every page: title, language, style and script, around what a template holds."""

from importlib.resources import files

import jinja2
from markupsafe import Markup

from transitplan.report.parts import Figure, Panel, Table
from transitplan.viz.offline import content_policy
from transitplan.viz.text import Text

ROWS_ON_A_PAGE = 30  # a table of so many rows is not cut in print


def framed(template: jinja2.Template, title: Text, language: str, **parts: object) -> str:
    """Fill a template that extends the frame of every page: title, language, style, script."""
    return template.render(
        rows_on_a_page=ROWS_ON_A_PAGE,
        title=title,
        language=language,
        tag="zh-Hans" if language == "zh" else "en",
        policy=Markup(content_policy()),  # noqa: S704  our own words
        style=Markup(page_part("page.css")),  # noqa: S704  our own words
        script=Markup(page_part("page.js")),  # noqa: S704  our own words
        **parts,
    )


def environment() -> jinja2.Environment:
    """Templates of the report, with what they ask of a part."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("transitplan", "report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["t"] = Text
    made.tests["table"] = lambda part: isinstance(part, Table)
    made.tests["panel"] = lambda part: isinstance(part, Panel)
    made.tests["text"] = lambda part: isinstance(part, Text)
    made.tests["figure"] = lambda part: isinstance(part, Figure)
    return made


def page_part(name: str) -> str:
    """Style or script of the pages, to be put into them."""
    return files("transitplan.report").joinpath(name).read_text(encoding="utf-8")
