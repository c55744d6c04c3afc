"""Columns that put the options of each site beside each other."""

from collections.abc import Callable

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.report.cells import (
    SIDE_BY_SIDE,
    Cell,
)
from transitplan.viz.text import (
    Text,
)


def site_heads(assessment: Assessment) -> list[Text]:
    """Name of each site, as the head of its column."""
    return [names.called(site) for site in assessment.case.sites]


def site_cells(assessment: Assessment, cell: Callable[[str], Cell]) -> list[Cell]:
    """One cell a site, its options beside each other."""
    return [
        SIDE_BY_SIDE.join(cell(option) for option in names.site_options(assessment, site.site_id))
        for site in assessment.case.sites
    ]
