"""Networks in git: what ``git diff`` and ``git difftool`` show, in a real repository."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import transitplan as tp
from transitplan.cli.main import app
from transitplan.cli.revisions import network_pairs, read_version

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

ROOT = Path(__file__).parents[2]
FOLDER = "networks/two_banks/2025"
PROGRAM = f"PYTHONPATH='{ROOT}' '{sys.executable}' -c 'from transitplan.cli.main import run; run()'"


def git(repository, *words):
    done = subprocess.run(
        ["git", *words], cwd=repository, capture_output=True, text=True, check=True
    )
    return done.stdout


def edit(repository, old, new, file="link.csv"):
    path = repository / FOLDER / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with one network, set up as docs/versions.md says."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    top = tmp_path / "repository"
    shutil.copytree(ROOT / FOLDER, top / FOLDER)
    kinds = ("*.csv", "**/transit/*.txt")
    (top / ".gitattributes").write_text("".join(f"{kind} diff=transitplan\n" for kind in kinds))
    git(top, "init", "-q")
    for key, value in {
        "user.name": "Planner",
        "user.email": "planner@example.org",
        "diff.transitplan.textconv": f"{PROGRAM} textconv",
        "diff.transitplan.xfuncname": "^[a-z].*$",
        "difftool.networks.cmd": f'{PROGRAM} difftool "$LOCAL" "$REMOTE"',
    }.items():
        git(top, "config", key, value)
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "as it is")
    git(top, "tag", "v1")
    monkeypatch.chdir(top)
    return top


def test_git_diff_shows_the_cells_that_changed_under_their_id(repository):
    path = repository / FOLDER / "link.csv"
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *reversed(rows)]) + "\n", encoding="utf-8")
    edit(repository, ",5,18,bridge,E,", ",6,18,bridge,E,")
    shown = git(repository, "diff", "-U0").splitlines()
    changed = [line for line in shown if line[0] in "+-" and line[:3] not in ("+++", "---")]
    assert changed == ["-  toll: 5", "+  toll: 6"]  # and nothing of the order of rows
    [place] = [line for line in shown if line.startswith("@@")]
    assert "link " in place  # the row that it is of


def test_git_difftool_tells_what_the_working_tree_changed(repository):
    edit(repository, ",5,18,bridge,E,", ",6,18,bridge,E,")
    edit(repository, "North road", "Northern road")
    shown = git(repository, "difftool", "--dir-diff", "--no-prompt", "--tool", "networks", "v1")
    assert shown.startswith(f"{FOLDER}: Two banks")
    assert "toll_cny 5 → 6 CNY (+20.0%)" in shown
    assert "2  links changed" in shown


def test_git_difftool_tells_of_timetables(repository):
    edit(repository, "Hillside", "Hill", "transit/stops.txt")
    edit(repository, "07:00:00,09:00:00,300", "07:00:00,09:00:00,240", "transit/frequencies.txt")
    (repository / FOLDER / "transit/transfers.txt").unlink()
    shown = git(repository, "difftool", "--dir-diff", "--no-prompt", "--tool", "networks", "v1")
    assert "b4 Hill: stop_name Hillside → Hill" in shown
    assert "M1 Metro 1: headway weekday, direction 0, 07–09 h 5 → 4 min (-20.0%)" in shown
    assert "transfers: rows that only one has 6 → 0" in shown
    shutil.rmtree(repository / FOLDER / "transit")
    shown = git(repository, "difftool", "--dir-diff", "--no-prompt", "--tool", "networks", "v1")
    assert "3  transit lines removed" in shown


def test_a_network_is_read_from_a_revision(repository):
    before = tp.read_network(FOLDER)
    edit(repository, ",5,18,bridge,E,", ",6,18,bridge,E,")
    assert read_version(f"v1:{FOLDER}").version == before.version
    told = CliRunner().invoke(app, ["diff", f"v1:{FOLDER}", FOLDER])
    assert told.exit_code == 1
    assert "toll_cny 5 → 6 CNY" in told.output
    assert CliRunner().invoke(app, ["diff", f"v1:{FOLDER}", f"HEAD:{FOLDER}"]).exit_code == 0
    with pytest.raises(tp.NotFoundError, match="v9:.*no such path; git says"):
        read_version(f"v9:{FOLDER}")
    tp.write_network(before, "all.gpkg")
    git(repository, "add", "all.gpkg")
    git(repository, "commit", "-q", "-m", "one file")
    assert read_version("HEAD:all.gpkg").version == tp.read_network("all.gpkg").version


def test_a_broken_revision_is_told_by_its_name(repository):
    edit(repository, ",5,18,bridge,E,", ",five,18,bridge,E,")
    git(repository, "commit", "-q", "-a", "-m", "broken")
    with pytest.raises(tp.ValidationError) as caught:
        read_version(f"HEAD:{FOLDER}")
    assert caught.value.problems[0].startswith(f"HEAD:{FOLDER}/link.csv, column toll")


def test_unchanged_tables_come_from_the_working_tree_or_not_at_all(repository, tmp_path):
    left, right = tmp_path / "left", tmp_path / "right"  # as git makes them: only what changed
    for side in (left, right):
        (side / FOLDER).mkdir(parents=True)
        shutil.copy(repository / FOLDER / "link.csv", side / FOLDER)
    (left / FOLDER / "link.csv").write_text("link_id\n")
    [(folder, before, after)] = network_pairs(left, right, tmp_path / "work")
    assert folder == FOLDER
    assert tp.read_network(after).version == tp.read_network(FOLDER).version
    assert (before / "node.csv").read_bytes() == (repository / FOLDER / "node.csv").read_bytes()
    assert tp.read_network(after).transit is not None
    (right / FOLDER / "link.csv").write_text("link_id\n1\n")
    with pytest.raises(tp.ValidationError, match="neither side is the working tree"):
        list(network_pairs(left, right, tmp_path / "again"))


def textconv(path):
    done = CliRunner().invoke(app, ["textconv", str(path)])
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


def test_tables_networks_and_demand_become_text(tmp_path):
    network = tp.read_network(ROOT / FOLDER)
    as_table = textconv(ROOT / FOLDER / "link.csv")
    assert "link 1 North road" in as_table
    tp.write_network(network, tmp_path / "a.gpkg")
    as_file = textconv(tmp_path / "a.gpkg")
    assert [line for line in as_file if line.startswith("link ")] == [
        line for line in as_table if not line.startswith(" ")
    ]
    matrix = ROOT / "od_matrices/two_banks/2025_am.omx"
    demand = tp.read_demand(matrix)
    lines = textconv(matrix)
    totals = [float(line.split()[1]) for line in lines if line.startswith("  trips: ")]
    assert totals == pytest.approx(demand.trips_vph.sum(axis=(1, 2)), abs=1e-3)
    shutil.copy(ROOT / FOLDER / "link.csv", tmp_path / "Xa81_link.csv")  # as older gits call it
    assert textconv(tmp_path / "Xa81_link.csv") == as_table


def test_cells_of_any_length_become_text(tmp_path):
    long = "1 2, " * 30_000
    (tmp_path / "geometry.csv").write_text(f'geometry_id,geometry\n7,"{long}"\n')
    assert textconv(tmp_path / "geometry.csv") == ["geometry 7", f"  geometry: {long}"]
    (tmp_path / "open.csv").write_text('link_id,name\n1,"never closed\n')
    assert textconv(tmp_path / "open.csv") == ["link_id,name", '1,"never closed']


def test_what_cannot_be_read_is_shown_as_it_stands(tmp_path):
    text = "<<<<<<< ours\nlink_id,lanes\n1,2\n=======\nlink_id,lanes\n1,3,4\n>>>>>>> theirs"
    for name in ("link.csv", "notes.txt", "x.omx", "empty.csv"):
        content = "" if name.startswith("empty") else text
        (tmp_path / name).write_text(content)
        assert textconv(tmp_path / name) == (content.splitlines() or [""])
