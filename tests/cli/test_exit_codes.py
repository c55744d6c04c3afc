"""Every verb ends with 0 when done, 1 where something differs or fails, 2 on wrong input."""

import json
import subprocess
import sys

import pytest

import transitplan as tp
from tests.cli.running import transitplan
from transitplan.cli import main
from transitplan.cli.main import VERBS

TOWN, TOWN_2025 = "networks/two_banks", "networks/two_banks/2025"
TRIPS = "od_matrices/two_banks/2025_am.omx"
CARD = """project: one
roadway_property_change:
  facility: {links: {link_id: [3]}}
  property_changes: {lanes: {set: 1}}
"""


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    folder = tmp_path_factory.mktemp("work")
    (folder / "card.yml").write_text(CARD, encoding="utf-8")
    (folder / "broken.yml").write_text(CARD.replace("lanes", "lenes"), encoding="utf-8")
    tp.write_network(tp.close_links(tp.read_network(TOWN_2025), [3], reason="x"), folder / "shut")
    (folder / "left").mkdir()
    (folder / "right").mkdir()
    (folder / "counts.csv").write_text("link_id,flow_vph,sigma\n3,400,0.1\n", encoding="utf-8")
    return folder


# Verb, exit code, words; W stands for the folder of the fixture.
DONE = [
    ("assign", 0, [TOWN_2025, TRIPS, "--gap", "1e-3"]),
    ("assign", 2, [TOWN_2025, TRIPS, "--principle", "eu"]),
    ("assign", 2, [TOWN_2025, "none.omx"]),
    ("skim", 0, [TOWN_2025, "--out", "W/skim.csv"]),
    ("skim", 2, [TOWN_2025, "--out", "W/skim.csv", "--fields", "speed"]),
    ("access", 0, [TOWN_2025]),
    ("access", 2, [TOWN_2025, "--mode", "horse"]),
    ("transit", 0, [TOWN_2025]),
    ("transit", 2, [TOWN_2025, "--from", "1"]),
    ("flow", 0, [TOWN]),
    ("flow", 2, [TOWN, "--without", "X99"]),
    ("demand", 2, ["nowhere"]),
    ("calibrate", 2, [TOWN_2025, TRIPS, "none.csv", "--out", "W/new.omx"]),
    ("build", 0, [TOWN_2025, "W/card.yml", "--out", "W/built"]),
    ("build", 2, [TOWN_2025, "W/broken.yml", "--out", "W/not_built"]),
    ("build", 2, [TOWN, "2036", "--out", "W/not_built"]),
    ("check", 0, [TOWN_2025]),
    ("check", 1, ["W/broken.yml", "--network", TOWN_2025]),
    ("check", 2, ["nowhere"]),
    ("check", 2, [TOWN_2025, "--only", "no_such_rule"]),
    ("diff", 0, [TOWN_2025, TOWN_2025]),
    ("diff", 1, [TOWN_2025, "W/shut"]),
    ("diff", 2, [TOWN_2025, "nowhere"]),
    ("difftool", 0, ["W/left", "W/right"]),
    ("difftool", 2, ["W/left", "W/right", "--most", "0"]),
    ("convert", 0, [TOWN_2025, "W/town.graphml"]),
    ("convert", 2, ["nowhere.gpkg", "W/x"]),
    ("textconv", 0, [f"{TOWN_2025}/link.csv"]),
    ("import lines", 0, [f"{TOWN}/lines.toml", "--out", "W/feed"]),
    ("import lines", 2, ["nowhere.toml", "--out", "W/feed"]),
    ("import osm", 2, ["nowhere.osm.pbf", "--out", "W/osm"]),
    ("assess", 2, ["nowhere", "--out", "W/out"]),
    ("appraise", 2, [TOWN, "--skip", "tols", "--out", "W/out"]),
    ("stage", 2, [TOWN, "--method", "guess"]),
    ("doctor", 0, [TOWN]),
    ("doctor", 1, ["nowhere"]),
    ("view", 2, ["nowhere"]),
    ("map", 0, [TOWN_2025, "--theme", "network", "--out", "W/map.html"]),
    ("map", 2, [TOWN_2025, "--theme", "netwrk", "--out", "W/not_built"]),
    ("map", 2, [TOWN_2025, "--theme", "netwrk", "--out", "W/no.html"]),
    ("validation", 2, ["nowhere"]),
    ("new", 2, ["W/nowhere", "--from-node", "1", "--to-node", "2"]),
    ("reproduce", 2, ["no_such_run"]),
    ("closures", 2, ["nowhere", TRIPS]),
]


@pytest.mark.parametrize(("verb", "code", "words"), DONE)
def test_verbs_end_with_their_exit_codes(work, verb, code, words):
    done = transitplan(*verb.split(), *(word.replace("W/", f"{work}/") for word in words))
    assert done.code == code, done.stderr
    assert "Traceback" not in done.stderr
    if code == 2:
        assert not done.stdout
        assert done.stderr
        assert not (work / "not_built").exists()


def names():
    simple = [each.__name__.rpartition(".")[2] for modules in VERBS.values() for each in modules]
    return [*simple, "import osm", "import lines"]


@pytest.mark.parametrize("verb", names())
def test_every_verb_has_examples_and_refuses_an_unknown_option(verb):
    told = transitplan(*verb.split(), "--help")
    assert told.code == 0
    assert "transitplan " + verb in " ".join(told.stdout.split())
    wrong = transitplan(*verb.split(), "--no-such-option")
    assert (wrong.code, wrong.stdout) == (2, "")
    assert {each for each, *_ in DONE} >= {verb} - {"demand"}, "add it to the table above"


JSON = [
    ("assign", [TOWN_2025, TRIPS, "--gap", "1e-3"], "relative_gap"),
    ("skim", [TOWN_2025, "--out", "W/skim.csv"], "pairs_without_a_way"),
    ("access", [TOWN_2025], "minutes"),
    ("transit", [TOWN_2025], "lines"),
    ("flow", [TOWN], ""),
    ("build", [TOWN_2025, "W/card.yml", "--out", "W/built2"], "changes"),
    ("check", [TOWN_2025], ""),
    ("diff", [TOWN_2025, "W/shut"], ""),
    ("difftool", ["W/left", "W/right"], ""),
    ("convert", [TOWN_2025, "W/town.geojson"], ""),
    ("import lines", [f"{TOWN}/lines.toml", "--out", "W/feed2"], "rows"),
    ("doctor", [TOWN], "checks"),
]


@pytest.mark.parametrize(("verb", "words", "key"), JSON)
def test_json_alone_stands_on_standard_output(work, verb, words, key):
    words = [word.replace("W/", f"{work}/") for word in words]
    record = json.loads(transitplan(*verb.split(), *words, "--json").stdout)
    assert not key or key in record


def test_nothing_of_progress_is_piped(work):
    done = transitplan("assign", TOWN_2025, TRIPS, "--gap", "1e-3", "--out", work / "flows.csv")
    assert done.stderr == f"written: {work / 'flows.csv'}\n"


def test_a_search_that_does_not_converge_and_a_fault_have_codes_of_their_own(monkeypatch):
    logit = ("--principle", "logit", "--theta", "0.01", "--gap", "1e-19")
    assert transitplan("assign", TOWN_2025, TRIPS, *logit).code == 1
    monkeypatch.setattr(main, "app", lambda: 1 / 0)
    done = transitplan("assign")
    assert done.code == 70
    assert "ZeroDivisionError" in done.stderr
    assert "a fault of transitplan" in done.stderr


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["asses"], "'assess'"),
        (["import", "osn"], "'osm'"),
        (["assign", "--gpa", "1"], "--gap"),
        (["build", TOWN, "2036", "--out", "x"], "Did you mean 2035?"),
        (["flow", TOWN, "--without", "w"], "Did you mean W?"),
        (["appraise", TOWN, "--skip", "tols"], "Did you mean tolls?"),
        (["check", "networks/two_bank/2025"], "Did you mean networks/two_banks/2025?"),
        (["assess", "networks/jinann"], "Did you mean networks/jinan/case.toml?"),
        (["assign", TOWN_2025, TRIPS, "--principle", "logti"], "Did you mean logit?"),
    ],
)
def test_what_is_misspelt_is_proposed(words, meant):
    done = transitplan(*words)
    assert done.code == 2
    assert meant in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("line", "proposed"),
    [
        ("stag", ["stage"]),
        (f"build {TOWN} 20", ["2025", "2035"]),
        (f"diff --case {TOWN} 203", ["2035"]),
        (f"stage {TOWN} --budget 2", ["2035="]),
        (f"flow {TOWN} --without W,", ["W,E", "W,M", "W,W"]),
        (f"flow {TOWN} --from H", ["H1"]),
        ("assign --principle l", ["logit"]),
    ],
)
def test_the_shell_proposes_words_years_and_crossings(line, proposed):
    environment = {
        "_TRANSITPLAN_COMPLETE": "complete_bash",
        "COMP_WORDS": f"transitplan {line}",
        "COMP_CWORD": str(len(line.split())),
    }
    code = "from transitplan.cli.main import app; app(prog_name='transitplan')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment
    )
    assert done.stdout.split() == proposed, done.stderr


@pytest.mark.parametrize("gap", ["0", "-1", "1", "nan"])
def test_a_gap_that_no_equilibrium_has_is_refused_before_the_work(gap, tmp_path):
    done = transitplan("assess", "networks/two_banks", "--gap", gap, "--out", tmp_path / "out")
    assert done.code == 2
    assert f"{float(gap):g} is no relative gap" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_network_of_a_case_names_the_case(tmp_path):
    done = transitplan("assess", "networks/two_banks/2025", "--out", tmp_path / "out")
    assert done.code == 2
    assert "This one lies in a case: name networks/two_banks." in done.stderr
