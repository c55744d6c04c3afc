"""The report of a case, byte for byte, whatever solved it."""

import pytest

import transitplan as tp
from transitplan.scenario.read import read_case
from transitplan.scenario.run import option_runs
from transitplan.store import Store


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def case():
    return read_case("networks/two_banks")


@pytest.fixture(scope="module")
def expected(case, tmp_path_factory):
    folder = tmp_path_factory.mktemp("expected")
    tp.assess(case, processes=1).to_report(folder)
    return contents(folder)


def test_a_report_is_the_same_by_a_cluster_and_from_a_store(case, expected, cluster, tmp_path):
    store = Store(tmp_path / "store")
    with tp.Runner(case, cluster=cluster.address, store=store) as runner:
        option_runs(runner)
    assert len(store.runs()) == 6
    tp.assess(case, processes=2, store=store).to_report(tmp_path / "report")
    found = contents(tmp_path / "report")
    assert list(found) == list(expected)
    assert [name for name, each in found.items() if each != expected[name]] == []
    assert len(store.runs()) == 6  # all were loaded
