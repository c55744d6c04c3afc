"""Differences of cases."""

import dataclasses
import json

import pandas as pd
import pytest

import transitplan as tp
from transitplan.scenario.case_diff import diff_cases
from transitplan.scenario.read import read_case


@pytest.fixture(scope="module")
def case():
    return read_case("networks/two_banks")


def test_each_part_is_told(case):
    parameters = case.parameters
    first = parameters["parameter_id"].iloc[0]
    parameters = parameters.assign(value=parameters["value"].where(parameters.index > 0, 123.0))
    site = case.sites[0].model_copy(update={"name": "Downstream"})
    fewer = site.model_copy(update={"forms": site.forms[1:]})
    network = tp.close_links(case.network, [9], reason="works")
    other = dataclasses.replace(
        case,
        parameters=parameters,
        sites=(fewer,),
        network=network,
        tolls=case.tolls.iloc[1:],
        years={2025: case.years[2025]},
    )
    found = diff_cases(case, other)
    columns = ["part", "id", "old", "new"]
    told = found.changes[columns].astype(object).where(found.changes[columns].notna(), None)
    option = case.option_ids[1]
    old = case.parameters["value"].iloc[0]
    assert sorted(told.values.tolist(), key=str) == sorted(
        [
            ["parameter", first, old, 123.0],
            ["site", site.site_id, case.sites[0].name, "Downstream"],
            ["option", option, option, None],
            ["table", "tolls", 1, 0],
            ["year", 2035, 2035, None],
        ],
        key=str,
    )
    assert found.networks[2025].changes["kind"].tolist() == ["removed"]
    assert found.demands[2025].same
    text = found.to_text()
    assert "2035 removed" in text
    assert "== network 2025 ==" in text
    assert "demand 2025" not in text
    assert json.loads(found.to_json())["networks"]["2025"]["counts"][0]["kind"] == "removed"
    assert set(found.to_frame()["part"]) == {
        "year",
        "parameter",
        "site",
        "option",
        "table",
        "network 2025",
    }


def test_a_case_is_the_same_as_itself(case):
    assert diff_cases(case, case).same
    assert diff_cases(case, case).to_frame().empty


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("base_year", 2024, ["setting", "case", "2025", "2024"]),
        ("preset", "other", ["setting", "case", None, "other"]),
        ("isochrones_from", "elsewhere", ["setting", "case", None, "elsewhere"]),
        ("stress_to", ("centre", "airport"), ["setting", "case", None, "centre, airport"]),
        ("places", pd.DataFrame({"kind": ["school"]}), ["table", "places", 0, 1]),
        ("ground", {"type": "FeatureCollection", "features": []}, ["table", "ground", None, 0]),
    ],
)
def test_what_only_the_assessment_uses_is_compared_too(case, name, value, told):
    found = diff_cases(case, dataclasses.replace(case, **{name: value}))
    assert not found.same
    (row,) = found.changes.to_dict("records")
    old = getattr(case, name)
    if name in {"preset", "isochrones_from", "stress_to"}:
        told[2] = old if isinstance(old, str) else ", ".join(old)
    if name == "ground":
        told[2] = len(old["features"])
    assert [row[column] for column in ("part", "id", "old", "new")] == told
    assert "are the same" not in found.to_text()
