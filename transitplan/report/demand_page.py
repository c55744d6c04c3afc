"""The validation page of a demand model as Markdown: the section of the report, by itself."""

from collections.abc import Sequence

from transitplan.appraisal.demand_record import read_record, record_folder
from transitplan.report.demand import LEAD, demand_section
from transitplan.report.markdown import as_markdown
from transitplan.report.parts import Section
from transitplan.scenario.case import Case
from transitplan.viz.text import Text, join


def validation_page(case: Case, *, language: str = "en", out_of_date: Sequence[str] = ()) -> str:
    """Return the page; a case whose matrices have no record gets a page that says so.

    out_of_date
        Sentences on matrices and records of other inputs than the case has now.
    """
    record = read_record(case)
    parts = [] if record is None else demand_section(case, record, out_of_date).parts
    title = Text(
        f"{case.name}: how far the demand can be believed", f"{case.name_zh}：需求模型检验"
    )
    return as_markdown(
        Section("demand", title, _none(case) if record is None else _lead(case), parts),
        language=language,
    )


def _lead(case: Case) -> Text:
    folder = record_folder(case).as_posix()
    written = Text(
        f"Written from {folder} by `transitplan validation {case.folder.as_posix()}`; not edited "
        "by hand. The same stands in report.html, with charts, and in tables.xlsx.",
        f"由 `transitplan validation {case.folder.as_posix()}` 根据 {folder} 生成，非手工编辑。"
        "report.html（含图）与 tables.xlsx 内容相同。",
    )
    return join([LEAD, written], en="\n\n", zh="\n\n")


def _none(case: Case) -> Text:
    if case.demand_model is None:
        return Text(
            "This case has no demand model (`demand_model` in case.toml): its matrices are given, "
            "or made by the first model, which keeps no record of fits to counts or surveys. "
            "docs/demand.md says how to write one.",
            "本案例没有需求模型（case.toml 中的 `demand_model`）：矩阵为直接给出，或由初始模型"
            "生成，后者不记录与计数或调查的拟合。编写方法见 docs/demand.md。",
        )
    folder = case.folder.as_posix()
    return Text(
        f"The matrices of this case have no record of a demand model ({record_folder(case)}), so "
        f"that there is nothing to hold against counts or surveys. `transitplan demand {folder}` "
        "writes it where the case names a demand model.",
        f"本案例矩阵没有需求模型记录（{record_folder(case)}），无从检验。"
        f"若案例给出需求模型，`transitplan demand {folder}` 将写出记录。",
    )
