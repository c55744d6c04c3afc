import tempfile
from collections import Counter

import pytest

from tests.workers import tasks
from transitplan.errors import NotFoundError, ValidationError, WorkersLostError
from transitplan.workers import Job, Shared, dask_cluster, open_workers
from transitplan.workers.face import KEPT

KINDS = ("here", "processes", "cluster")


@pytest.fixture(scope="module")
def opened(request):
    """Workers of each kind, started once."""
    made = {}

    def of(kind):
        if kind not in made:
            if kind == "cluster":
                made[kind] = open_workers(cluster=request.getfixturevalue("cluster").address)
            else:
                made[kind] = open_workers(1 if kind == "here" else 2)
        return made[kind]

    yield of
    for workers in made.values():
        workers.close()


def jobs(numbers, *shared):
    return (Job(number, shared, f"task {number}") for number in numbers)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_answers(opened, kind):
    shared = Shared("three", 3), Shared("seven", 7)
    found = dict(opened(kind).map(tasks.multiply, jobs(range(20), *shared)))
    assert found == {place: place * 21 for place in range(20)}
    assert dict(opened(kind).map(tasks.multiply, jobs([]))) == {}
    assert dict(opened(kind).map(tasks.multiply, jobs([4]))) == {0: 4}


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_of_a_task_is_raised_and_the_workers_go_on_after_it(opened, kind):
    with pytest.raises(ValueError, match="two is not allowed"):
        list(opened(kind).map(tasks.fail_at_two, jobs(range(5))))
    assert dict(opened(kind).map(tasks.multiply, jobs([1, 2]))) == {0: 1, 1: 2}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_a_task_or_a_job_lacks_is_not_taken_for_a_lost_cluster(opened, kind):
    def no_more():
        yield from jobs([1])
        raise FileNotFoundError("no further job")

    with pytest.raises(FileNotFoundError, match="no file 1"):
        list(opened(kind).map(tasks.find_no_file, jobs([1])))
    with pytest.raises(FileNotFoundError, match="no further job"):
        list(opened(kind).map(tasks.multiply, no_more()))


def test_a_client_that_ends_takes_nothing_from_another_that_shares_the_same(cluster):
    shared = [Shared(f"number {number}", number) for number in range(1, KEPT + 3)]
    with open_workers(cluster=cluster.address) as one:
        assert dict(one.map(tasks.multiply, jobs([2], shared[0]))) == {0: 2}
        with open_workers(cluster=cluster.address) as other:
            assert dict(other.map(tasks.multiply, jobs([3], shared[0]))) == {0: 3}
        for each in shared[1:]:  # until none of the processes holds the first one unpacked
            list(one.map(tasks.multiply, jobs(range(8), each)))
        assert dict(one.map(tasks.multiply, jobs([5], shared[0]))) == {0: 5}


@pytest.mark.parametrize("kind", KINDS[1:])
def test_what_tasks_share_is_unpacked_once_a_process(opened, kind, tmp_path):
    log = tmp_path / "unpacked"
    shared = Shared(f"counted by {kind}", tasks.Counted(str(log)))
    found = dict(opened(kind).map(tasks.told, jobs(range(30), shared)))
    assert {number for number, _ in found.values()} == set(range(30))
    unpacked = Counter(map(int, log.read_text().split()))
    assert set(unpacked) == {pid for _, pid in found.values()}
    assert set(unpacked.values()) == {1}


def test_a_process_that_dies_costs_what_was_under_way_only(tmp_path):
    log, marker = tmp_path / "begun", tmp_path / "died"
    work = [(number, str(marker) if number == 6 else "") for number in range(20)]
    with open_workers(2) as workers:
        shared = Shared("log", str(log))
        found, finished_before = {}, set()
        for place, answer in workers.map(
            tasks.die_once, (Job(each, [shared], str(each)) for each in work)
        ):
            found[place] = answer
            if not marker.exists():
                finished_before.add(answer)
    assert found == {number: number for number in range(20)}
    begun = Counter(map(int, log.read_text().split()))
    assert finished_before
    assert all(begun[number] == 1 for number in finished_before)
    assert begun[6] == 2
    assert sum(begun.values()) <= 20 + 2 * 3  # at most what waited in the queues


def _end_at_the_first(answers, found):
    found.append(next(answers)[1])
    raise RuntimeError("enough")


def test_workers_that_are_ended_at_work_leave_no_files(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    places = []
    with (
        pytest.raises(RuntimeError, match="enough"),
        open_workers(2) as workers,
    ):
        _end_at_the_first(workers.map(tasks.leave_a_file, jobs(range(8))), places)
    assert places[0].startswith(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_tasks_that_kill_every_process_end_with_their_names():
    with (
        open_workers(2) as workers,
        pytest.raises(WorkersLostError, match=r"died 3 times in a row .* task 1.*--processes"),
    ):
        list(workers.map(tasks.die, jobs(range(2))))


def test_what_is_no_cluster_is_told_at_once(monkeypatch):
    monkeypatch.setattr(dask_cluster, "ANSWERS_S", 1.0)
    with pytest.raises(ValidationError, match="tcp://host:8786"):
        open_workers(cluster="myhost")
    with pytest.raises(ValidationError, match="Leave it out"):
        open_workers(2, "tcp://127.0.0.1:8786")
    with pytest.raises(NotFoundError, match=r"127.0.0.1:9: no Dask scheduler answers .* dask sch"):
        open_workers(cluster="tcp://127.0.0.1:9")


def test_without_dask_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "transitplan.workers.dask_cluster", None)
    with pytest.raises(NotFoundError, match=r"pip install 'transitplan\[cluster\]'"):
        open_workers(cluster="local")
