"""What is wrong with networks and demand, beyond what makes them unreadable."""

from transitplan.inspection.network import RULE_NAMES, RULES, audit, rules_table
from transitplan.inspection.result import Audit, Finding
from transitplan.inspection.waivers import Waiver, read_waivers

__all__ = (
    "RULES",
    "RULE_NAMES",
    "Audit",
    "Finding",
    "Waiver",
    "audit",
    "read_waivers",
    "rules_table",
)
