"""Orders on disk: read again, never trusted, never needed."""

import numpy as np
import pytest

from transitplan.graph import orders


@pytest.fixture
def ring(tmp_path, monkeypatch):
    """Neighbours of a ring of nodes, every network being worth keeping."""
    monkeypatch.setenv(orders.FOLDER, str(tmp_path))
    monkeypatch.setattr(orders, "WORTH_KEEPING", 0)
    return ring_of(50)


def ring_of(n):
    node = np.arange(n)
    return np.arange(0, 2 * n + 1, 2), np.stack([(node - 1) % n, (node + 1) % n], axis=1).ravel()


def files(tmp_path):
    return list((tmp_path / "orders").iterdir())


def test_the_second_time_the_order_comes_from_the_file(ring, tmp_path):
    rank = orders.dissect(*ring)
    assert sorted(rank) == list(range(50))
    [path] = files(tmp_path)
    np.save(path, rank[::-1])  # an order too, so that it is seen where the answer comes from
    np.testing.assert_array_equal(orders.dissect(*ring), rank[::-1])
    orders.dissect(*ring_of(49))
    assert len(files(tmp_path)) == 2  # other roads, another order


@pytest.mark.parametrize("damage", ["cut", "empty", "other", "twice"])
def test_a_damaged_file_is_made_again(ring, tmp_path, damage):
    rank = orders.dissect(*ring)
    [path] = files(tmp_path)
    whole = path.read_bytes()
    if damage in ("cut", "empty"):
        path.write_bytes(whole[:100] if damage == "cut" else b"")
    else:
        np.save(path, np.arange(49) if damage == "other" else np.zeros(50, np.int32))
    np.testing.assert_array_equal(orders.dissect(*ring), rank)
    assert path.read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_done_without(ring, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(orders.FOLDER, str(tmp_path / "file"))
    assert sorted(orders.dissect(*ring)) == list(range(50))
