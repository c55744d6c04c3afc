"""Furness balancing against a textbook, AequilibraE, a general optimiser and the laws it keeps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

import transitplan as tp
from transitplan.demand.balancing import balance


def odds(matrix):
    return matrix[0, 0] * matrix[1, 1] / (matrix[0, 1] * matrix[1, 0])


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_balancing_meets_both_ends_and_keeps_cross_ratios(seed):
    rng = np.random.default_rng(seed)
    before = rng.random((5, 5)) + 0.01
    origins, destinations = rng.random(5) + 0.1, rng.random(5) + 0.1
    destinations *= origins.sum() / destinations.sum()
    after = balance(before, origins, destinations)
    np.testing.assert_allclose(after.sum(axis=1), origins, rtol=1e-8)
    np.testing.assert_allclose(after.sum(axis=0), destinations, rtol=1e-8)
    # The odds of any two rows and columns are those of the seed (Deming and Stephan 1940).
    assert odds(after) == pytest.approx(odds(before), rel=1e-6)


def test_balancing_is_the_least_change_in_entropy():
    """The same matrix as a general optimiser finds for the entropy problem (Wilson 1967)."""
    seed = np.array([[1.0, 2.0], [3.0, 1.0]])
    origins, destinations = np.array([40.0, 60.0]), np.array([55.0, 45.0])

    def entropy(x):
        return float((x * (np.log(x / seed.ravel()) - 1)).sum())

    ends = [
        {"type": "eq", "fun": lambda x: x.reshape(2, 2).sum(axis=1) - origins},
        {"type": "eq", "fun": lambda x: x.reshape(2, 2).sum(axis=0)[:1] - destinations[:1]},
    ]
    found = minimize(
        entropy, np.full(4, 25.0), constraints=ends, bounds=[(1e-6, None)] * 4, tol=1e-12
    )
    np.testing.assert_allclose(balance(seed, origins, destinations).ravel(), found.x, rtol=1e-4)


def test_ends_that_do_not_agree_or_cannot_be_met_are_refused():
    with pytest.raises(tp.ValidationError, match="origins sum to 3 and destinations to 4"):
        balance(np.ones((2, 2)), np.array([1.0, 2.0]), np.array([2.0, 2.0]))
    with pytest.raises(tp.ValidationError, match=r"destinations \[1\] have trips but nowhere"):
        balance(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([1.0, 1.0]), np.array([1.0, 1.0]))


def test_a_textbook_example():
    """Ortúzar & Willumsen, *Modelling Transport*, doubly constrained growth factors, 3 rounds.

    The book stops when all rows are within 1 %, so that it differs from the limit by as much.
    """
    seed = np.array([[5, 50, 100, 200], [50, 5, 100, 300], [50, 100, 5, 100], [100, 200, 250, 20]])
    published = np.array(
        [
            [5.25, 44.12, 98.24, 254.25],
            [45.30, 3.81, 84.78, 329.11],
            [77.04, 129.50, 7.21, 186.58],
            [132.41, 222.57, 309.77, 32.07],
        ]
    )
    origins, destinations = np.array([400.0, 460, 400, 702]), np.array([260.0, 400, 500, 802])
    found = balance(seed, origins, destinations)
    np.testing.assert_allclose(found.sum(axis=1), origins, rtol=1e-9)
    np.testing.assert_allclose(found, published, rtol=0.02)
    # balancing what the book printed with its own row sums gives the book's numbers again
    again = balance(seed, published.sum(axis=1), published.sum(axis=0))
    np.testing.assert_allclose(again, published, atol=0.01)


@pytest.mark.parametrize("seed", range(6))
def test_equal_aequilibrae(seed):
    """AequilibraE's IPF to 1e-8, which meets columns first to the same limit."""
    judge = pytest.importorskip(
        "aequilibrae.distribution.ipf_core", reason="AequilibraE is not installed"
    )
    rng = np.random.default_rng(seed)
    n = 40
    place = rng.random((n, 2)) * 30.0
    km = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    pull = np.exp(-rng.uniform(0.05, 0.5) * km)
    pull[rng.random((n, n)) < 0.1] = 0.0
    origins, destinations = rng.lognormal(3, 1, n), rng.lognormal(3, 1, n)
    destinations *= origins.sum() / destinations.sum()
    theirs = pull.copy()
    judge.ipf_core(theirs, origins, destinations, max_iterations=100_000, tolerance=1e-12, cores=1)
    ours = balance(pull, origins, destinations, rtol=1e-12)
    np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-12 * theirs.max())


def test_the_same_bytes_for_any_number_of_threads():
    rng = np.random.default_rng(2)
    seed, ends = rng.random((90, 70)), rng.random(90)
    wanted = np.full(70, ends.sum() / 70)
    one, two = (balance(seed, ends, wanted, threads=threads) for threads in (1, 2))
    assert one.tobytes() == two.tobytes()


def test_ends_without_trips_stay_empty():
    found = balance(np.ones((3, 3)), np.array([4.0, 0.0, 2.0]), np.array([0.0, 3.0, 3.0]))
    assert found.tolist() == [[0.0, 2.0, 2.0], [0.0, 0.0, 0.0], [0.0, 1.0, 1.0]]


def test_steep_seeds_are_met_in_few_rounds():
    """117 plain rounds; relaxed ones are less than half as many."""
    rng = np.random.default_rng(1)
    place = rng.random((200, 2)) * 40.0
    km = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1)) + 0.5
    ends, wanted = rng.lognormal(3, 1, 200), rng.lognormal(3, 1, 200)
    wanted *= ends.sum() / wanted.sum()
    found = balance(np.exp(-0.4 * km), ends, wanted, rtol=1e-8, limit=58)
    np.testing.assert_allclose(found.sum(axis=1), ends, rtol=1e-7)


def test_impossible_zeros_say_so():
    seed = np.array([[1.0, 0.0], [1.0, 1.0]])
    with pytest.raises(tp.ConvergenceError, match="impossible together"):
        balance(seed, np.array([5.0, 1.0]), np.array([1.0, 5.0]), limit=200)


def test_all_that_is_wrong_is_named():
    with pytest.raises(tp.ValidationError, match="origins are negative") as caught:
        balance(np.full((2, 2), np.nan), np.array([-1.0, 2.0]), np.array([2.0, 2.0]))
    assert len(caught.value.problems) >= 3
    with pytest.raises(tp.ValidationError, match="a seed of \\(1, 2\\) for 2 origins"):
        balance(np.ones((1, 2)), np.ones(2), np.ones(2))
