"""Benefits that the gaps of two equilibria could have made by themselves."""

from collections.abc import Iterable

import pandas as pd

from transitplan.report import names
from transitplan.report.assessment import Assessment
from transitplan.scenario.case import NONE
from transitplan.viz.text import Text, money


def within_noise(assessment: Assessment) -> pd.DataFrame:
    """Rows of the options whose yearly benefit is no more than both gaps leave open."""
    rows = assessment.options
    noise = rows["benefit_noise_cny"]
    built = (rows["option_id"] != NONE) & (noise > 0)
    return rows[built & (rows["user_benefit_cny"].abs() <= noise)]


def noise_notices(assessment: Assessment, options: Iterable[str] | None = None) -> list[Text]:
    """One warning for each benefit within the noise, of these options or of all."""
    found = within_noise(assessment)
    if options is not None:
        found = found[found["option_id"].isin(list(options))]
    return [
        Text(
            f"Warning: {name.en}, {row.year}: the user benefit of {worth.en} a year is within what "
            f"the gaps of the two equilibria leave open, at most {open_.en}. Its sign is not "
            "known; assess again with a smaller gap.",
            f"警告：{name.zh}（{row.year} 年）：年用户效益 {worth.zh}，未超出两次均衡求解间隙的"
            f"可能误差（至多 {open_.zh}），正负未定；请用更小的间隙重新评估。",
        )
        for row in names.records(found)
        for name, worth, open_ in [
            (
                names.option(assessment.case, str(row.option_id)),
                money(row.user_benefit_cny),
                money(row.benefit_noise_cny),
            )
        ]
    ]
