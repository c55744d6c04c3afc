"""The reference says what the code does: every column, every option, every public name."""

import csv
import re
from pathlib import Path

import pytest
import typer

import transitplan as tp
from transitplan.cli.main import app

SHIPPED = ("networks/two_banks", "networks/jinan")


def section(page, title):
    """Names in the first column of a section's tables."""
    text = re.split(r"^#+ ", page.partition(f"# {title}")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return set(re.findall(r"^\| `([^`]+)`", text, flags=re.MULTILINE))


@pytest.fixture(scope="module")
def formats():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend("docs/generators")
        import file_formats

        return file_formats.page()


@pytest.mark.parametrize("case", SHIPPED)
@pytest.mark.parametrize(
    ("folder", "suffix"), [("2025", "csv"), ("2025/transit", "txt"), ("", "csv")]
)
def test_files_as_shipped_have_no_column_that_is_not_told(formats, case, folder, suffix):
    own = {  # columns of these two cases alone, which reading passes on
        "link.csv": {"corridor_id", "open_year"},
        "stops.txt": {"park_and_ride"},
        "counts.csv": {"road", "from_node_id", "to_node_id", "note"},
        "drives.csv": {"distance_km", "source", "confidence", "note"},
        "growth.csv": {"low", "high", "source", "status"},
    }
    looked_at = 0
    for path in sorted(Path(case, folder).glob(f"*.{suffix}")):
        if path.name == "sites.csv":  # of the maker of the Jinan case
            continue
        with path.open(encoding="utf-8", newline="") as file:
            header = set(next(csv.reader(file)))
        told = section(formats, path.name)
        assert told, path
        assert header - told <= own.get(path.name, set()), path
        looked_at += 1
    assert looked_at


@pytest.mark.parametrize("path", sorted(Path("networks/jinan/demand").glob("*.csv")), ids=str)
def test_tables_of_a_demand_model_have_no_column_that_is_not_told(formats, path):
    name = "rates.csv" if path.name == "freight.csv" else path.name
    told = section(formats, f"demand/{name}")
    beginnings = tuple(each.removesuffix("…") for each in told if each.endswith("…"))
    with path.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert told
    assert [each for each in header if each not in told and not each.startswith(beginnings)] == []


def test_what_a_written_network_has_is_told(formats, tmp_path):
    network = tp.read_network("networks/two_banks/2025")
    tp.write_network(network, tmp_path / "again")
    for path in (tmp_path / "again").glob("*.csv"):
        header = set(path.read_text(encoding="utf-8").partition("\n")[0].split(","))
        assert header <= section(formats, path.name), path.name


def test_the_page_names_unit_default_and_choices(formats):
    rows = dict(
        re.findall(r"^\| `(\w+)` \| (.*) \|$", formats.partition("# link.csv")[2], re.MULTILINE)
    )
    assert rows["length"].startswith("number | km (`long_length`) | required")
    assert "`bridge`" in rows["structure"]
    assert "| `surface` |" in rows["structure"]


def test_a_column_without_words_ends_the_build(monkeypatch):
    import file_formats

    monkeypatch.setitem(file_formats.CASE_TABLES, "growth", ("group", "weather"))
    with pytest.raises(file_formats.UntoldError, match="no words for weather; words for .*year"):
        file_formats.page()


def test_every_verb_and_option_stands_on_the_page_of_commands():
    import command_line

    page = command_line.page()
    root = typer.main.get_command(app)
    found = dict(command_line.verbs(root, ""))
    assert {name.split()[0] for name in found} == set(root.commands)
    for name, command in found.items():
        told = section(page, name + "\n")
        for parameter in command.params:
            text = parameter.opts[0]
            if not text.startswith("-"):
                assert text.upper() in told, (name, text)
            else:
                assert any(text in row for row in told), (name, text)


def test_every_public_name_has_one_place():
    import python_interface

    named = [name for _, names in python_interface.parts().values() for name in names]
    assert sorted(named) == sorted(tp.__all__)
    pages = python_interface.pages()
    assert "other" not in pages  # every package belongs to a part
    assert sum(text.count("\n::: ") for text in pages.values()) == len(tp.__all__)
