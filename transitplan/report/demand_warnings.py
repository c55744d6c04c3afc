"""What the demand model warned of, in both languages: its record has the English sentence."""

import re
from collections.abc import Sequence

from transitplan.report.demand_view import DemandView
from transitplan.viz.text import Text

N = r"-?[\d,.]+"  # a number
SENTENCES: Sequence[tuple[str, str]] = (  # as scenario.demand_record and the fit write them
    (
        (
            rf"(?P<purpose>\w+): (?P<share>{N}%) of the trips by (?P<mode>\w+), "
            rf"(?P<wanted>{N}%) was wanted\."
        ),
        "{purpose}：{mode}占出行的 {share}，目标为 {wanted}。",
    ),
    (
        (
            rf"(?P<purpose>\w+): trips of (?P<mean>{N}) (?P<unit>km|min), (?P<known>{N}) "
            r"are known\."
        ),
        "{purpose}：平均出行 {mean} {unit}，已知为 {known}。",
    ),
    (
        (
            rf"(?P<purpose>\w+): rates of one end are scaled by (?P<factor>{N}) to meet the "
            r"other\."
        ),
        "{purpose}：一端的出行率须乘以 {factor} 才能与另一端平衡。",
    ),
    (
        (
            rf"(?P<period>\w+): count (?P<count>.+): (?P<counted>{N}) veh/h counted, "
            rf"(?P<after>{N}) after the fit, (?P<off>{N}) standard deviations off\. The "
            r"seed, its bounds or other counts stand against it; look at the count, the network "
            r"near it and its sigma\."
        ),
        (
            "{period}：计数 {count} 为 {counted} 辆/小时，校准后 {after}，相差 {off} 个标准差。"
            "初始矩阵、其上下限或其他计数与之不符；请检查该计数、附近路网及其标准差。"
        ),
    ),
    (
        (
            rf"(?P<period>\w+): count (?P<count>.+): (?P<counted>{N}) veh/h counted, while the "
            rf"other counts leave room for (?P<room>{N}) at (?P<end>least|most) "
            rf"\(σ (?P<sigma>{N})\)\. Look at this count and its neighbours\."
        ),
        (
            "{period}：计数 {count} 为 {counted} 辆/小时，而其他计数只容许{end} {room}"
            "（σ {sigma}）。"
            "请检查该计数及相邻计数。"
        ),
    ),
)
NAMED = ("purpose", "mode", "period")
PLAIN = {"km": "公里", "min": "分钟", "least": "至少", "most": "至多"}


def warnings_words(view: DemandView) -> list[Text]:
    """Return every warning of the record in both languages."""
    return [said_twice(text, view) for text in view.record.warnings["text"]]


def said_twice(text: str, view: DemandView) -> Text:
    """A warning in both languages; one that is not known here stays as it is, and says so."""
    for pattern, chinese in SENTENCES:
        found = re.fullmatch(pattern, text)
        if found:
            parts = {
                name: view.word(said).zh if name in NAMED else PLAIN.get(said, said)
                for name, said in found.groupdict().items()
            }
            return Text(text, chinese.format(**parts))
    return Text(text, f"（原文）{text}")
