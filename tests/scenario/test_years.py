"""Years of a case: base + cards, each applied once; what is read again and what is not."""

import os
import shutil

import pytest

import transitplan as tp
from transitplan.scenario.variants import Variant, variant_demand, variant_network

CARD = """project: {project}
roadway_property_change:
  facility: {{links: {{model_link_id: [{link}]}}}}
  property_changes: {{lanes: {{set: {lanes}}}}}
"""


@pytest.fixture
def folder(tmp_path):
    shutil.copytree("networks/two_banks", tmp_path / "networks" / "two_banks")
    shutil.copytree("od_matrices/two_banks", tmp_path / "od_matrices" / "two_banks")
    return tmp_path / "networks" / "two_banks"


def add(folder, name, project, link, lanes):
    path = folder / "cards" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CARD.format(project=project, link=link, lanes=lanes))


def plan(folder, **years):
    """Put lists of cards into case.toml, under each year."""
    path = folder / "case.toml"
    text = path.read_text(encoding="utf-8")
    for year, places in years.items():
        demand = f'demand = "../../od_matrices/two_banks/{year[1:]}_am.omx"\n'
        text = text.replace(demand, demand + f"cards = {places}\n")
    path.write_text(text, encoding="utf-8")


def test_a_year_is_the_base_with_its_cards(folder):
    add(folder, "2025/a.yml", "first", 1, 4)
    add(folder, "2035/b.yml", "second", 2, 5)
    plan(folder, y2025=["cards/2025"], y2035=["cards/2025", "cards/2035/b.yml"])
    case = tp.read_case(folder)
    lanes = {
        year: case.version(year).network.links.set_index("link_id").loc[[1, 2], "lanes"].tolist()
        for year in case.years
    }
    assert lanes == {2025: [4.0, 2.0], 2035: [4.0, 5.0]}
    assert [card.project for card in case.version(2035).cards] == ["first", "second"]
    rows = case.version(2035).touched()
    assert rows["file"].tolist() == [
        str(folder / "cards/2025/a.yml"),
        str(folder / "cards/2035/b.yml"),
    ]
    assert variant_network(case, Variant(2035)).history[:2] == ("card first", "card second")


def test_years_with_the_same_cards_share_one_network(folder):
    add(folder, "2025/a.yml", "first", 1, 4)
    plan(folder, y2025=["cards/2025"], y2035=["cards/2025"])
    case = tp.read_case(folder)
    assert case.version(2035) is case.version(2025)
    with pytest.raises(tp.NotFoundError, match="no year 2036; the case has 2025, 2035"):
        case.version(2036)


def test_a_case_without_cards_is_its_base_in_every_year():
    case = tp.read_case("networks/two_banks")
    assert case.version(2035).network is case.network


def test_a_year_that_forgets_what_was_built_before_is_refused(folder):
    add(folder, "2025/a.yml", "first", 1, 4)
    add(folder, "2035/b.yml", "second", 2, 5)
    plan(folder, y2025=["cards/2025"], y2035=["cards/2035"])
    with pytest.raises(tp.ValidationError, match=r"years.2035.cards: project 'first' of 2025 is"):
        tp.read_case(folder)


def test_problems_of_cards_come_with_those_of_the_other_files(folder):
    add(folder, "2025/a.yml", "first", 1, "[")
    plan(folder, y2025=["cards/2025"], y2035=["cards/2025", "cards/2053"])
    (folder / "parameters.csv").write_text("parameter_id\n")
    with pytest.raises(tp.ValidationError) as caught:
        tp.read_case(folder)
    text = str(caught.value)
    assert "a.yml: it cannot be read" in text
    assert "cards/2053: no such file. Did you mean" in text
    assert "parameters.csv: columns" in text


@pytest.mark.parametrize(
    ("cards", "said"),
    [
        ([("first", 1, 4), ("second", 1, 5)], "two cards set other values"),
        ([("first", 99, 4), ("second", 1, 5)], "no link_id 99"),
    ],
)
def test_cards_that_cannot_be_applied_are_told_when_the_case_is_read(folder, cards, said):
    for number, (project, link, lanes) in enumerate(cards):
        add(folder, f"2035/{number}.yml", project, link, lanes)
    plan(folder, y2035=["cards/2035"])
    with pytest.raises(tp.ValidationError, match=said) as caught:
        tp.read_case(folder)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    "file",
    ["case.toml", "2025/link.csv", "parameters.csv", "options/middle.toml", "ground.geojson"],
)
def test_merge_conflicts_are_named_with_their_line(folder, file):
    path = folder / file
    first, *rest = path.read_text(encoding="utf-8").splitlines()
    conflict = ["<<<<<<< HEAD", "mine", "=======", "theirs", ">>>>>>> other"]
    path.write_text("\n".join([first, *conflict, *rest]), encoding="utf-8")
    with pytest.raises(tp.ValidationError, match="line 2: a merge conflict. Settle") as caught:
        tp.read_case(folder)
    assert str(path) in str(caught.value)


def test_a_demand_file_is_read_again_when_it_has_changed(folder):
    case = tp.read_case(folder)
    first = case.demand(2025)
    assert case.demand(2025) is first
    assert variant_demand(case, Variant(2025)) is first
    path = case.demand_path(2025)
    stat = path.stat()
    tp.write_demand(first.scaled(2.0), path)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))  # even if a clock is coarse
    assert case.demand(2025).trips_vph.sum() == pytest.approx(2 * first.trips_vph.sum())
    path.unlink()
    with pytest.raises(tp.NotFoundError, match="transitplan demand"):
        case.demand(2025)
