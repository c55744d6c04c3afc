"""Nested logit: shares of alternatives, the logsum of all, constants fitted to shares.

A nest's value is μ ln Σ exp(V / μ) over what it holds, where μ is its dissimilarity λ times those
of all nests above it: λ is relative to the nest above, 0 < λ ≤ 1; with all λ at 1 it is the plain
logit. McFadden (1978), *Modelling the choice of residential location*; Williams (1977), *On the
formation of travel demand models and economic evaluation measures of user benefit*, Environment and
Planning A 9.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from transitplan.arrays import Floats
from transitplan.errors import ConvergenceError, ValidationError

FIT_TOLERANCE = 1e-9  # of shares
FIT_LIMIT = 1000


@dataclass(frozen=True)
class Nest:
    """Alternatives, or nests of them, that are alike.

    Parameters
    ----------
    name
        What they have in common.
    members
        Names of alternatives, and nests.
    dissimilarity
        λ, from above 0 to 1: at 1 they are no more alike than what stands beside the nest.

    Examples
    --------
    >>> motor = Nest("motor", ("car", "park_and_ride"), 0.6)
    >>> Nest("all", ("walk", motor)).alternatives
    ('walk', 'car', 'park_and_ride')
    """

    name: str
    members: "tuple[str | Nest, ...]"
    dissimilarity: float = 1.0

    def __post_init__(self) -> None:
        """Check λ and that every alternative stands once."""
        found = []
        if not 0.0 < self.dissimilarity <= 1.0:
            found.append(
                f"nest {self.name}: dissimilarity {self.dissimilarity:g} is outside 0 to 1, with "
                "which better alternatives could lose."
            )
        names = self.alternatives
        if not names:
            found.append(f"nest {self.name}: it has no members.")
        found += [
            f"nest {self.name}: {name} stands in it twice."
            for name in sorted({name for name in names if names.count(name) > 1})
        ]
        if found:
            raise ValidationError(found)

    @property
    def alternatives(self) -> tuple[str, ...]:
        """Names of all alternatives below, in order."""
        return tuple(self._walk())

    def _walk(self) -> Iterator[str]:
        for member in self.members:
            if isinstance(member, Nest):
                yield from member.alternatives
            else:
                yield member


@dataclass(frozen=True, eq=False)
class Choice:
    """Shares of the alternatives, and the logsum, each of the shape of the utilities.

    Where no alternative is to be had, shares are 0 and the logsum −inf.
    """

    shares: Mapping[str, Floats]
    logsum: Floats


def choose(tree: Nest, utilities: Mapping[str, Floats]) -> Choice:
    """Shares and logsum of a nested logit.

    Parameters
    ----------
    tree
        All alternatives.
    utilities
        Of each alternative, equal shapes (as (n_zones, n_zones)), in units of the top nest; −inf
        where it is not to be had.

    Raises
    ------
    ValidationError
        If an alternative has no utility, or a utility no place in the tree.

    Examples
    --------
    >>> same = np.array([0.0])
    >>> found = choose(Nest("all", ("bus", "car")), {"bus": same, "car": same})
    >>> found.shares["car"], found.logsum.round(4)
    (array([0.5]), array([0.6931]))
    """
    _check(tree, utilities)
    shares: dict[str, Floats] = {}
    logsum = _values(tree, utilities, shares)
    return Choice(shares, logsum)


def _values(
    nest: Nest,
    utilities: Mapping[str, Floats],
    out_shares: dict[str, Floats],
    above: float = 1.0,
) -> Floats:
    """Value of a nest; shares within it are multiplied into those of what it holds.

    above
        Product of the dissimilarities of the nests above.
    """
    scale = above * nest.dissimilarity
    values, held = [], []
    for member in nest.members:
        if isinstance(member, Nest):
            values.append(_values(member, utilities, out_shares, scale))
            held.append(member.alternatives)
        else:
            values.append(np.asarray(utilities[member], dtype=float))
            out_shares[member] = np.ones_like(values[-1])
            held.append((member,))
    scaled = np.stack(values) / scale
    most = scaled.max(axis=0)
    anchor = np.where(np.isfinite(most), most, 0.0)
    weights = np.exp(scaled - anchor)
    total = weights.sum(axis=0)
    for weight, names in zip(weights, held, strict=True):
        share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
        for name in names:
            out_shares[name] = out_shares[name] * share
    with np.errstate(divide="ignore"):  # nothing to be had: −inf, as said
        return np.asarray(scale * (anchor + np.log(total)))


def fit_constants(
    tree: Nest,
    utilities: Mapping[str, Floats],
    trips: Floats,
    shares: Mapping[str, float],
    *,
    reference: str,
) -> dict[str, float]:
    """Constants to add to the utilities so that all trips together have the shares asked for.

    Parameters
    ----------
    trips
        Trips that choose, of the shape of the utilities; those that have no alternative are left
        out.
    shares
        Of each alternative, above 0, adding up to 1.
    reference
        Alternative whose constant stays 0.

    Raises
    ------
    ValidationError
        If shares do not add up, or an alternative that should have trips is nowhere to be had.
    ConvergenceError
        If the shares cannot be reached.
    """
    _check_shares(tree, utilities, shares, reference)
    names = list(tree.alternatives)
    wanted = np.array([shares[name] for name in names])
    constants = np.zeros(len(names))
    pace = min(_paths(tree).values())  # a step in a nest moves its shares 1/λ as far
    for _ in range(FIT_LIMIT):
        moved = {name: utilities[name] + c for name, c in zip(names, constants, strict=True)}
        found = choose(tree, moved).shares
        got = np.array([(found[name] * trips).sum() for name in names])
        got /= got.sum()
        if (np.abs(got - wanted) <= FIT_TOLERANCE).all():
            own = constants[names.index(reference)]
            return {name: float(c - own) for name, c in zip(names, constants, strict=True)}
        constants += pace * np.log(wanted / np.maximum(got, np.finfo(float).tiny))
    told = ", ".join(f"{name} {share:.4f}" for name, share in zip(names, got, strict=True))
    raise ConvergenceError(
        f"fit_constants: {FIT_LIMIT} rounds ended at {told}. Where an alternative can be had by "
        "few trips only, ask for less of it."
    )


def _paths(tree: Nest, above: float = 1.0) -> dict[str, float]:
    """Product of the dissimilarities above each alternative."""
    here = above * tree.dissimilarity
    found: dict[str, float] = {}
    for member in tree.members:
        found |= _paths(member, here) if isinstance(member, Nest) else {member: here}
    return found


def _check(tree: Nest, utilities: Mapping[str, Floats]) -> None:
    names = set(tree.alternatives)
    found = [f"choose: {name} has no utility." for name in sorted(names - set(utilities))]
    found += [
        f"choose: {name} has a utility but no place in the tree."
        for name in sorted(set(utilities) - names)
    ]
    shapes = {np.shape(values) for values in utilities.values()}
    if len(shapes) > 1:
        found.append(f"choose: utilities have different shapes {sorted(shapes)}.")
    found += [
        f"choose: utilities of {name} are empty or +inf in places."
        for name, values in utilities.items()
        if np.isnan(values).any() or np.isposinf(values).any()
    ]
    if found:
        raise ValidationError(found)


def _check_shares(
    tree: Nest, utilities: Mapping[str, Floats], shares: Mapping[str, float], reference: str
) -> None:
    names = tree.alternatives
    found = []
    if set(shares) != set(names):
        found.append(f"shares: give one for each of {', '.join(names)}.")
    elif not np.isclose(sum(shares.values()), 1.0, atol=1e-6) or min(shares.values()) <= 0:
        found.append("shares: all must be above 0 and add up to 1.")
    if reference not in names:
        found.append(f"reference: {reference!r} is none of {', '.join(names)}.")
    found += [
        f"shares: {name} should have trips but can be had nowhere."
        for name in names
        if name in utilities and not np.isfinite(utilities[name]).any()
    ]
    if found:
        raise ValidationError(found)
