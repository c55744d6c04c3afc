"""``transitplan check``: what it takes, what it ends with, waivers, cards, and as a git hook."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from transitplan.cli.main import app
from transitplan.cli.targets import targets

BASE = Path("networks/two_banks")
WAIVER = """
[[waive]]
rule = "value-absurd"
ids = [{ids}]
reason = "A test track, measured by hand."
"""


def check(*words):
    return CliRunner().invoke(app, ["check", *(str(word) for word in words)])


@pytest.fixture
def folder(tmp_path):
    """A network folder of its own, without the case around it."""
    shutil.copytree(BASE / "2025", tmp_path / "net")
    return tmp_path / "net"


def spoil(folder, column="free_speed", value=190, row=0):
    links = pd.read_csv(folder / "link.csv", dtype=str, keep_default_na=False)
    links.loc[row, column] = str(value)
    links.to_csv(folder / "link.csv", index=False)


def test_an_error_fails_and_names_link_value_and_next_step(folder):
    assert check(folder).exit_code == 0
    spoil(folder)
    done = check(folder)
    assert done.exit_code == 1
    assert "error value-absurd: 1. Correct the cell." in done.stdout
    assert "link 1: free_speed_kph is 190 km/h on trunk" in done.stdout
    assert check(folder, "--skip", "value-absurd").exit_code == 0
    assert check(folder, "--only", "lane-drop").exit_code == 0


def test_warnings_fail_only_when_strict(folder):
    spoil(folder, value=30)
    assert "1 warning" in check(folder).stdout
    assert check(folder).exit_code == 0
    assert check(folder, "--strict").exit_code == 1


def test_notes_are_shown_when_asked(folder):
    assert "river-unknown" not in check(folder).stdout
    assert "note river-unknown: 1." in check(folder, "--notes").stdout
    river = check(folder, "--notes", "--river", BASE / "ground.geojson")
    assert "river-unknown" not in river.stdout


def test_json_holds_every_finding(folder):
    spoil(folder)
    (record,) = json.loads(check(folder, "--json").stdout)
    assert (record["kind"], record["ok"]) == ("network", False)
    (found,) = [each for each in record["audits"][0]["findings"] if each["severity"] == "error"]
    assert (found["rule"], found["id"]) == ("value-absurd", 1)
    assert found["next_step_zh"] == "改正该单元格。"
    assert 116 < found["lon"] < 118


def test_a_rule_that_is_not_known_is_wrong_usage(folder):
    command = [sys.executable, "-m", "transitplan", "check", str(folder), "--only", "value-absud"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no rule 'value-absud'. Did you mean value-absurd?" in done.stderr


def test_a_waiver_lets_a_finding_stand_and_does_not_outlive_it(folder):
    spoil(folder)
    (folder / "check.toml").write_text(WAIVER.format(ids="1"))
    done = check(folder)
    assert done.exit_code == 0
    assert "1 waived" in done.stdout
    spoil(folder, value=65)
    done = check(folder)
    assert "warning waiver-unused: 1. Take it out of check.toml." in done.stdout
    assert "nothing is found for 1 (A test track" in done.stdout
    assert check(folder, "--only", "lane-drop").stdout.count("waiver-unused") == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[waive]\n", "not TOML"),
        (WAIVER.format(ids="1").replace("value-absurd", "value"), "no rule 'value'"),
        ('[[waive]]\nrule = "trap"\nids = [1]\n', "reason"),
        ('[[waive]]\nrule = "trap"\nids = "some"\nreason = "because of it"\n', "neither a list"),
    ],
)
def test_a_broken_waiver_file_is_told(folder, text, told):
    (folder / "check.toml").write_text(text)
    done = check(folder)
    assert done.exit_code == 1
    assert told in done.stderr
    assert "check.toml" in done.stderr


def card(folder, project, **body):
    (folder / f"{project}.json").write_text(json.dumps({"project": project, **body}))


def lanes(link, **change):
    facility = {"links": {"model_link_id": [link]}}
    return {
        "roadway_property_change": {"facility": facility, "property_changes": {"lanes": change}}
    }


def test_cards_are_tried_and_what_they_bring_is_told(tmp_path):
    card(tmp_path, "wider", **lanes(1, existing=2, set=3))
    done = check(tmp_path, "--network", BASE)
    assert done.exit_code == 0, done.output
    assert "1 card applied to networks/two_banks/2025" in done.stdout
    card(tmp_path, "slip", **lanes(3, existing=2, set=15))
    done = check(tmp_path, "--network", BASE)
    assert done.exit_code == 1
    assert "link 3: lanes is 15 lanes on trunk" in done.stdout


def test_all_problems_of_all_cards_come_at_once(tmp_path):
    card(tmp_path, "typo", roadway_property_chang={})
    card(tmp_path, "nowhere", **lanes(999_999, set=3))
    card(tmp_path, "after", dependencies={"prerequisites": ["lost"]}, **lanes(3, set=3))
    done = check(tmp_path, "--network", BASE)
    assert done.exit_code == 1
    assert "typo.json" in done.stderr
    assert "project 'nowhere'" in done.stderr
    alone = check(tmp_path)  # no network: read only
    assert "not applied: name their network with --network" in alone.stdout


def test_demand_is_held_against_the_zones_of_its_network(tmp_path):
    trips = tmp_path / "trips.csv"
    trips.write_text("origin,destination,cars\n1,2,10\n2,99,5\n")
    assert check(trips).exit_code == 0
    done = check(trips, "--network", BASE)
    assert done.exit_code == 1
    assert "zone 99: not in zone.csv" in done.stdout


def test_a_file_stands_for_what_it_belongs_to(tmp_path, monkeypatch):
    shutil.copytree(BASE, tmp_path / "case")
    monkeypatch.chdir(tmp_path)
    card(tmp_path, "one", **lanes(1, set=3))
    Path("trips.csv").write_text("o_zone_id,d_zone_id,cars\n1,2,10\n")
    named = {
        "case/2025/link.csv": ("network", "case/2025"),
        "case/2025/transit/stops.txt": ("network", "case/2025"),
        "case/2025/transit": ("network", "case/2025"),
        "case/parameters.csv": ("case", "case"),
        "case/drives.csv": ("case", "case"),  # with columns from and to, and no trips
        "trips.csv": ("demand", "trips.csv"),
        "case/options/middle.toml": ("case", "case"),
        "case/case.toml": ("case", "case"),
        "one.json": ("cards", "one.json"),
    }
    for path, (kind, place) in named.items():
        (found,), _ = targets([Path(path)])
        assert (found.kind, str(found.path)) == (kind, place), path
    both, _ = targets([Path("case/2025/link.csv"), Path("case/2025/node.csv")])
    assert len(both) == 1
    (tmp_path / "notes.txt").write_text("no")
    none, others = targets([Path("notes.txt"), Path("gone.csv")], changed=True)
    assert (none, others) == ([], [Path("notes.txt"), Path("gone.csv")])


def test_what_is_nothing_of_ours_is_wrong_usage(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    assert check(tmp_path / "x.csv").exception is not None
    assert check(tmp_path / "x.csv", "--changed").exit_code == 0
    assert check(tmp_path / "nowhere").exception is not None
    assert check().exit_code == 2


def test_the_hook_of_the_docs_stops_a_commit(folder):
    repository = folder.parent
    docs = Path("docs/check.md").read_text(encoding="utf-8")
    script = docs.partition("```sh\n")[2].partition("```")[0]
    command = f"{sys.executable} -m transitplan check"
    assert "transitplan check" in script
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}

    def run(*words):
        return subprocess.run(
            [*git, *words], cwd=repository, capture_output=True, text=True, env=environment,
            check=False,
        )  # fmt: skip

    run("init", "-q")
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.write_text(script.replace("transitplan check", command))
    hook.chmod(0o755)
    (repository / "README.md").write_text("A network.\n")
    run("add", "-A")
    first = run("commit", "-qm", "sound")
    assert first.returncode == 0, first.stderr
    spoil(folder)
    run("add", "-A")
    stopped = run("commit", "-qm", "spoilt")
    assert stopped.returncode == 1
    assert "link 1: free_speed_kph is 190 km/h on trunk" in stopped.stdout + stopped.stderr
    assert run("log", "--oneline").stdout.count("\n") == 1


def test_the_hook_for_pre_commit_takes_the_files_of_networks():
    import re

    import yaml

    (hook,) = yaml.safe_load(Path(".pre-commit-hooks.yaml").read_text())
    assert hook["entry"] == "transitplan check --changed"
    taken = ["networks/x/link.csv", "cards/a.yml", "case.toml", "od/2025.omx", "net.gpkg"]
    taken += ["networks/x/transit/stop_times.txt"]
    assert all(re.search(hook["files"], name) for name in taken)
    assert not any(re.search(hook["files"], name) for name in ("README.md", "notes.txt"))


def test_shipped_networks_are_sound_or_waived_with_a_reason():
    done = check("networks/jinan/2025", "networks/two_banks/2025", "networks/sioux_falls", "--json")
    assert done.exit_code == 0
    for record in json.loads(done.stdout):
        assert record["audits"][0]["counts"] == {"error": 0, "warning": 0, "note": 0}
