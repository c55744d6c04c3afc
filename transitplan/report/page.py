"""report.html: the decision on page one, then everything behind it; one file, both languages."""

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
from transitplan.report.frame import environment, framed
from transitplan.report.gains import gains_section
from transitplan.report.limits import limits_section
from transitplan.report.money import money_section
from transitplan.report.overview import overview
from transitplan.report.parts import Section
from transitplan.report.policy import policy_section
from transitplan.report.programme import programme_section
from transitplan.report.quality import quality_section
from transitplan.report.reproduce import reproduce_section
from transitplan.report.resilience import resilience_section
from transitplan.report.studies import NO_STUDIES, Studies
from transitplan.report.tolls import tolls_section
from transitplan.report.traffic import traffic_section
from transitplan.scenario.case import Case
from transitplan.scenario.forecast import demand_notices
from transitplan.viz.palette import FORM_COLOURS
from transitplan.viz.text import Text

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
        limits_section(assessment, studies),
        reproduce_section(assessment, language),
    ]
    return render(
        "page.html.j2",
        case,
        language,
        footer=FOOTER,
        years=sorted(case.years),
        draws=f"{len(assessment.draws):,}",
        overview=overview(assessment),
        decisions=[decide(assessment, site, studies) for site in case.sites],
        sections=sections,
        colours=FORM_COLOURS,
    )


def render(template: str, case: Case, language: str, **parts: object) -> str:
    """Fill a template that stands in the frame of every page, under the name of the case."""
    return framed(environment().get_template(template), names.called(case), language, **parts)


def _equity(assessment: Assessment) -> list[Section]:
    """Return the section on how evenly access is spread, where that was measured."""
    found = None if assessment.modes is None else equity_section(assessment, assessment.modes)
    return [] if found is None else [found]


def _demand(assessment: Assessment) -> list[Section]:
    """Return the section on the demand model, where it wrote a record."""
    if assessment.record is None:
        return []
    case = assessment.case
    told = [] if case.demand_model is None else demand_notices(case)  # the run checked the rest
    return [demand_section(case, assessment.record, told)]


def _studied(case: Case, assessment: Assessment, studies: Studies) -> list[Section]:
    """Sections of the studies that were made; doubt has one in any case."""
    found = [economy_section(case, studies.economy, assessment)] if studies.economy else []
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
