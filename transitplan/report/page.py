"""report.html: the decision on page one, then everything behind it; one file, both languages."""

from importlib.resources import files

import jinja2
from markupsafe import Markup

from transitplan.report import names
from transitplan.report.access import access_section
from transitplan.report.assessment import Assessment
from transitplan.report.assumptions import assumptions_section
from transitplan.report.criteria import criteria_section
from transitplan.report.decision import decide
from transitplan.report.demand import demand_section
from transitplan.report.doubt import doubt_section
from transitplan.report.economy import economy_section
from transitplan.report.equity import equity_section
from transitplan.report.forms import forms_section
from transitplan.report.gains import gains_section
from transitplan.report.limits import limits_section
from transitplan.report.money import money_section
from transitplan.report.parts import Figure, Section, Table
from transitplan.report.policy import policy_section
from transitplan.report.programme import programme_section
from transitplan.report.quality import quality_section
from transitplan.report.reproduce import reproduce_section
from transitplan.report.resilience import resilience_section
from transitplan.report.studies import NO_STUDIES, Studies
from transitplan.report.tolls import tolls_section
from transitplan.report.traffic import traffic_section
from transitplan.scenario.case import Case
from transitplan.viz.offline import content_policy
from transitplan.viz.palette import FORM_COLOURS
from transitplan.viz.text import Text

ROWS_ON_A_PAGE = 30  # a table of so many rows is not cut in print
FOOTER = Text(
    "Tables: tables.xlsx. Layers for QGIS: results.gpkg. Machine-readable record: run.json.",
    "表格：tables.xlsx；QGIS 图层：results.gpkg；机读记录：run.json。",
)


def report_page(
    assessment: Assessment, studies: Studies = NO_STUDIES, *, language: str = "en"
) -> str:
    """Return the page: the same bytes for the same assessment.

    Parameters
    ----------
    language
        ``en`` or ``zh``: what is shown first; both are inside.
    """
    case = assessment.case
    sections = [
        access_section(assessment),
        traffic_section(assessment),
        gains_section(assessment),
        *_equity(assessment),
        money_section(assessment),
        *_studied(case, assessment, studies),
        forms_section(case),
        assumptions_section(assessment),
        *_demand(assessment),
        quality_section(assessment),
        limits_section(assessment),
        reproduce_section(assessment),
    ]
    return render(
        "page.html.j2",
        case,
        language,
        footer=FOOTER,
        years=sorted(case.years),
        draws=f"{len(assessment.draws):,}",
        decisions=[decide(assessment, site) for site in case.sites],
        sections=sections,
        colours=FORM_COLOURS,
    )


def render(template: str, case: Case, language: str, **parts: object) -> str:
    """Fill a template that stands in the frame of every page, under the name of the case."""
    return framed(environment().get_template(template), names.called(case), language, **parts)


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


def _equity(assessment: Assessment) -> list[Section]:
    """Return the section on how evenly access is spread, where that was measured."""
    found = None if assessment.modes is None else equity_section(assessment, assessment.modes)
    return [] if found is None else [found]


def _demand(assessment: Assessment) -> list[Section]:
    """Return the section on the demand model, where it wrote a record."""
    if assessment.record is None:
        return []
    return [demand_section(assessment.case, assessment.record)]


def _studied(case: Case, assessment: Assessment, studies: Studies) -> list[Section]:
    """Sections of the studies that were made; doubt has one in any case."""
    found = [economy_section(case, studies.economy)] if studies.economy else []
    found.append(doubt_section(assessment, studies.doubt))
    if studies.criteria:
        found.append(criteria_section(assessment, studies.criteria))
    if studies.tolls:
        found.append(tolls_section(case, studies.tolls))
    if studies.resilience:
        found.append(resilience_section(case, studies.resilience))
    if studies.programme:
        found.append(programme_section(studies.programme))
    if assessment.policy:
        found.append(policy_section(case, assessment.policy))
    return found


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
    made.tests["text"] = lambda part: isinstance(part, Text)
    made.tests["figure"] = lambda part: isinstance(part, Figure)
    return made


def page_part(name: str) -> str:
    """Style or script of the pages, to be put into them."""
    return files("transitplan.report").joinpath(name).read_text(encoding="utf-8")
