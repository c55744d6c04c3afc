"""What the key of a whole job is made of."""

import shutil

from transitplan.report.jobs import Job
from transitplan.scenario.read import read_case


def test_a_file_that_the_case_names_outside_its_folder_is_an_input_of_a_job(tmp_path):
    for name in ("networks", "od_matrices"):
        shutil.copytree(f"{name}/two_banks", tmp_path / name / "two_banks")
    folder, common = tmp_path / "networks" / "two_banks", tmp_path / "networks" / "common.csv"
    (folder / "parameters.csv").rename(common)
    text = (folder / "case.toml").read_text()
    (folder / "case.toml").write_text(text.replace('"parameters.csv"', '"../common.csv"'))
    before = Job("assess", read_case(folder), {"gap": 1e-8}).inputs
    assert before == Job("assess", read_case(folder), {"gap": 1e-8}).inputs
    common.write_text(f"{common.read_text()}\n")
    after = Job("assess", read_case(folder), {"gap": 1e-8}).inputs
    assert {name for name, was in before["files"].items() if after["files"][name] != was} == {
        "../common.csv"
    }
