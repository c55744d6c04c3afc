"""The section on the demand model: what it reads, what it says, and where it stays away."""

import shutil
from dataclasses import replace
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

import transitplan as tp
from tests.demand_record import COUNTS, EDGES, LENGTHS, MODES, PURPOSES, tables, write_record
from transitplan.appraisal.demand_record import TABLES, read_record
from transitplan.cli.main import app
from transitplan.report.decision import decide
from transitplan.report.demand import demand_section
from transitplan.report.demand_page import validation_page
from transitplan.report.demand_unsure import unsure_rows
from transitplan.report.demand_view import DemandView
from transitplan.report.markdown import said
from transitplan.report.page import report_page
from transitplan.report.parts import Figure, Table
from transitplan.report.quality import quality_section
from transitplan.report.run_record import run_record
from transitplan.report.tables import write_tables
from transitplan.scenario.case import Year
from transitplan.viz.histogram import Bar, histogram
from transitplan.viz.text import Text


@pytest.fixture
def case(assessment, tmp_path):
    """The made-up case, its matrices beside a record."""
    write_record(tmp_path)
    return _beside(assessment.case, tmp_path)


def _beside(case, folder):
    years = {year: Year(demand=str(folder / f"{year}.omx")) for year in case.years}
    return replace(case, folder=folder / "case", years=years)


@pytest.fixture
def recorded(assessment, case):
    return replace(assessment, case=case, record=read_record(case))


def _rows(part):
    return [[said(cell, "en") for cell in row] for row in part.rows]


def _part(case, title):
    parts = demand_section(case, read_record(case)).parts
    return next(part for part in parts if isinstance(part, Table) and part.title.en == title)


def test_the_fixture_has_every_table_and_column_of_the_contract():
    rows = tables()
    assert set(TABLES) == set(rows)
    for name, (words, numbers) in TABLES.items():
        assert {*words.split(), *numbers.split()} == set(rows[name][0])


def test_without_a_record_nothing_is_said(assessment, tmp_path):
    case = _beside(assessment.case, tmp_path)
    assert read_record(case) is None
    page = report_page(replace(assessment, case=case))
    assert 'id="demand"' not in page
    assert "GEH" not in page
    assert "has no demand model" in validation_page(case)


def test_a_record_may_be_in_part(case, tmp_path):
    for name in set(TABLES) - {"shares"}:
        (tmp_path / "record" / f"{name}.csv").unlink()
    titles = [part.title.en for part in demand_section(case, read_record(case)).parts]
    assert titles == [
        "Mode shares, 2025: model / target",
        "Targets of the mode shares",
        "Modes of all trips in the whole modelled area",
    ]


def test_every_mistake_of_a_record_is_named(case, tmp_path):
    folder = tmp_path / "record"
    text = (folder / "ends.csv").read_text(encoding="utf-8")
    (folder / "ends.csv").write_text(text.replace("scaled", "scale"), encoding="utf-8")
    text = (folder / "river.csv").read_text(encoding="utf-8").replace("2025,am", ",am")
    (folder / "river.csv").write_text(text.replace("2400", "many"), encoding="utf-8")
    with pytest.raises(tp.ValidationError) as caught:
        read_record(case)
    told = str(caught.value)
    assert "ends.csv: columns scaled are missing. Write the record again" in told
    assert "river.csv, column year: line 2, 3" in told
    assert "river.csv, column vph: line 3" in told


def test_counts_fitted_and_held_out_stand_apart_with_their_range(case):
    fitted = _rows(_part(case, "Counts that the matrices were fitted to"))
    assert [row[0] for row in fitted] == [
        "Jiluo Road tunnel",
        "G20 Bridge",
        "Yellow River, all crossings",
    ]
    assert [row[-1] for row in fitted] == ["inside", "outside", "–"]
    held = _rows(_part(case, "Counts kept out of the fit"))
    assert held[1] == ["Qilu Bridge", "morning peak", "300", "200 to 350", "700", "640", "17.9",
                       "15.7", "outside"]  # fmt: skip
    # GEH of the fixture by its definition, so that the tables do not show another measure
    for *_, counted, _, _, _, after, _, geh in COUNTS:
        assert (2 * (after - counted) ** 2 / (after + counted)) ** 0.5 == pytest.approx(
            geh, abs=0.1
        )


def test_page_one_says_once_how_counts_are_met(recorded):
    for site in recorded.case.sites:
        lines = [text for text in decide(recorded, site).quality if "GEH" in text.en]
        assert [text.en for text in lines] == [
            (
                "Hourly counts, 2025, fitted: GEH below 5 on 2 of 3 (0 before), 1 of 2 in their "
                "published range; kept out of the fit: GEH below 5 on 1 of 2 (0 before), 1 of 2 in "
                "their published range; furthest off: Qilu Bridge, 640 modelled and 300 counted."
            )
        ]
        assert "参与校准的 3 项中 2 项 GEH 小于 5（校准前 0 项）" in lines[0].zh
    parts = quality_section(recorded).parts
    assert not any(isinstance(part, Figure) for part in parts)  # it stands under Demand model
    assert any(isinstance(part, Text) and "Demand model" in part.en for part in parts)


def test_shares_and_lengths_stand_beside_their_targets(case):
    shares = _rows(_part(case, "Mode shares, 2025: model / target"))
    assert shares[2] == ["Other trips", "40.0 % / 40.0 %", "25.0 % / 25.0 %", "10.0 % / 10.0 %",
                         "20.0 % / 27.0 %", "5.0 % / 5.0 %", "car, driving"]  # fmt: skip
    lengths = _rows(_part(case, "Mean trip, 2025"))
    assert lengths[0] == ["Commuting", "8.9", "8.7", "8.2 to 9.2", "36.2", "35", "34 to 36",
                          "published"]  # fmt: skip
    first = demand_section(case, read_record(case)).parts[0]
    assert first.en == "The mean commute takes 8.9 km (known: 8.7) and 36.2 min (known: 35)."


def test_modes_of_all_trips_are_weighted_by_trips(case):
    rows = _rows(_part(case, "Modes of all trips in the whole modelled area"))
    trips = [each[0] for each in PURPOSES.values()]
    for row, by_purpose in zip(rows, MODES.values(), strict=True):
        share = sum(a * b for a, b in zip(trips, by_purpose, strict=True)) / sum(trips)
        assert row[1] == f"{100 * share:.1f} %"


def test_the_river_adds_up_by_class_and_year(case):
    river = _part(case, "Over the river, vehicles of the hour, 2025 by class; all classes by year")
    assert [said(each, "en") for each in river.head[-3:]] == ["all, 2025", "all, 2030", "all, 2035"]
    for row in river.rows:
        values = [float(str(cell).split('title="')[1].split(" ")[0].replace(",", ""))
                  for cell in row[1:]]  # fmt: skip
        assert sum(values[:-3]) == pytest.approx(values[-3])
        assert values[-1] == pytest.approx(1.2 * values[-3])
    assert len(river.rows) == 6


def test_a_gap_that_is_too_wide_is_said(case):
    record = read_record(case)
    words = [p for p in demand_section(case, record).parts if isinstance(p, Text)]
    assert any(text.en.endswith("0.058 % at worst, below the 0.1 % asked.") for text in words)
    wide = replace(record, feedback=record.feedback[record.feedback["round"] < 4])
    words = [p for p in demand_section(case, wide).parts if isinstance(p, Text)]
    assert any("MORE than the 0.1 % asked" in text.en for text in words)


def test_zones_that_moved_are_named(case):
    rows = _rows(_part(case, "What the counts moved most"))
    assert rows[0][:3] == ["Trips between", "Urban sub-centre – Sungeng-Taiping", "Cars, commuting"]


TABLES_AS_TEXT = {
    "rates": "purpose,end,attribute,value,unit,low,high,source,status\n"
    "commute,production,workers,2,trips,1,3,guess,assumed\n"  # width 1
    "other,production,population,1,trips,0.2,3.2,guess,assumed\n"  # width 3
    "other,attraction,jobs,1,trips,0,9,survey,published\n"
    "business,attraction,jobs,1,trips,,,guess,assumed\n",
    "growth": "group,year,attribute,low,central,high,source,status\n"
    "external,2035,trucks_per_day,1,2,5,guess,assumed\n",  # width 2
    "rules": "purpose,name,name_zh,class,scale_per_min,low_scale_per_min,"
    "high_scale_per_min,status\n"
    "commute,To work,上班,car_commute,0.06,0.03,0.09,assumed\n",  # width 1
    "zones": "zone_id,workers,low_factor,high_factor,source,status\n"
    "1,10,0.5,1.0,guess,assumed\n2,20,0.5,1.0,guess,assumed\n",  # width 0.5, twice
}


@pytest.fixture
def modelled(case):
    """The case with tables of a demand model, as ``read_demand_tables`` has them."""
    tables = {
        name: pd.read_csv(StringIO(text), dtype=str, keep_default_na=False)
        for name, text in TABLES_AS_TEXT.items()
    }
    modes = {"ebike": SimpleNamespace(name="Electric bicycle", name_zh="电单车")}
    file = SimpleNamespace(modes=modes)
    return replace(case, demand_model=SimpleNamespace(table=tables, file=file))


def test_names_are_those_of_the_case(modelled):
    view = DemandView(modelled, read_record(modelled))
    assert view.title("commute") == Text("To work", "上班")
    assert view.title("ebike") == Text("Electric bicycle", "电单车")
    assert view.word("commute am") == Text("To work, morning peak", "上班，早高峰")
    assert view.word("some_thing") == Text("some thing", "some thing")
    page = validation_page(modelled)
    assert "| To work | 20.0 % / 20.0 % |" in page
    assert "Electric bicycle" in page


def test_the_widest_assumptions_come_first(modelled):
    case = modelled
    rows = unsure_rows(DemandView(case, read_record(case)).tables)
    assert rows["width"].tolist() == pytest.approx([3.0, 2.0, 1.0, 1.0, 0.5])
    assert rows["rows"].tolist() == [1, 1, 1, 1, 2]
    table = _part(case, "Assumed numbers with the widest ranges")
    assert [row[:2] for row in _rows(table)] == [
        ["Other trips, production, residents", "rates.csv"],
        ["Outside the study area, 2035, trucks a day", "growth.csv"],
        ["To work, production, workers", "rates.csv"],
        ["To work, scale of the mode choice, per minute", "rules.csv"],
        ["Urban sub-centre: all its numbers (and 1 more)", "zones.csv"],
    ]
    words = [part.en for part in demand_section(case, read_record(case)).parts
             if isinstance(part, Text)]  # fmt: skip
    assert any(said.startswith("Weakly known: 6 numbers") for said in words)


def test_sheets_hold_the_record_with_units(recorded, tmp_path):
    write_tables(recorded, tmp_path / "tables.xlsx")
    book = openpyxl.load_workbook(tmp_path / "tables.xlsx", read_only=True)
    assert {f"demand_{name}" for name in TABLES} <= set(book.sheetnames)
    rows = list(book["demand_lengths"].iter_rows(values_only=True))
    head = dict(zip(rows[0], rows[1], strict=True))
    assert head["mean_km [km]"] == 8.9
    assert head["trips_per_day [trips/day]"] == 6e6


def test_both_languages_have_every_word(recorded):
    """No word of the section is English where Chinese is shown, but ids and units."""
    page = validation_page(recorded.case, language="zh")
    assert "过河，早高峰" in page  # river_am of range.csv
    for word in ("Purpose", "Count", "inside", "assumed", "morning", "walk", "trips between"):
        assert word not in page


def test_bars_have_the_area_of_their_share():
    svg = histogram(
        [Bar(a, float(b), share) for a, b, share in zip(EDGES, EDGES[1:], LENGTHS, strict=False)],
        [], until=40, across=Text("km", "公里"), up=Text("%", "%"),
    )  # fmt: skip
    sizes = [
        [float(part.split(f'{name}="')[1].split('"')[0]) for name in ("width", "height")]
        for part in svg.split("<rect")[1:]
    ]
    areas = [wide * high for wide, high in sizes]
    assert len(areas) == 5  # the last reaches beyond
    for area, share in zip(areas, LENGTHS, strict=False):
        assert area / sum(areas) == pytest.approx(share / sum(LENGTHS[:5]), rel=0.02)


def test_the_page_in_the_docs_is_that_of_the_record():
    made = validation_page(tp.read_case("networks/jinan"))
    kept = Path("docs/validation.md").read_text(encoding="utf-8")
    assert kept == made, "run `transitplan validation networks/jinan --out docs/validation.md`"


def test_the_command_writes_the_page(tmp_path):
    shutil.copytree("networks/two_banks", tmp_path / "networks" / "two_banks")
    shutil.copytree("od_matrices/two_banks", tmp_path / "od_matrices" / "two_banks")
    write_record(tmp_path / "od_matrices" / "two_banks")
    folder = tmp_path / "networks" / "two_banks"
    target = tmp_path / "new" / "page.md"
    told = CliRunner().invoke(app, ["validation", str(folder), "--out", str(target)])
    assert told.exit_code == 0
    assert target.read_text(encoding="utf-8") == validation_page(tp.read_case(folder))
    printed = CliRunner().invoke(app, ["validation", str(folder), "--lang", "zh"])
    assert "## 未参与校准的检验计数" in printed.stdout


def test_the_record_of_the_run_holds_counts_and_shares(recorded):
    rows = run_record(recorded)["demand"]
    assert rows["counts"][4]["geh_after"] == 15.7
    assert rows["counts"][2]["low_vph"] is None
    assert {row["mode"] for row in rows["shares"]} == set(MODES)
    assert "demand" not in run_record(replace(recorded, record=None))
