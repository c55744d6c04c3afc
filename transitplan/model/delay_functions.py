"""Volume-delay functions as a planner writes them down: BPR, conical, Akcelik, constant.

A function is a frozen value with its parameters; ``vdf.csv`` names one for each class of road. The
formulas that assignments run are those of ``kernels.delay``; here they get names, parameters and
units. A new function is a formula there and a class here: the columns of ``vdf.csv``, its checks
and its messages follow from the fields of the class.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from transitplan.arrays import Floats
from transitplan.errors import ValidationError
from transitplan.units import METRES_PER_KM, SECONDS_PER_HOUR

if TYPE_CHECKING:
    from transitplan.kernels.records import Delay


class Links(NamedTuple):
    """What a function may depend on, (n_links,) each."""

    capacity: Floats  # pce/h, all lanes
    free_time_s: Floats
    length_m: Floats


Shape: TypeAlias = tuple[int, Floats | float, Floats | float]


def _parameter(default: float, note: str, **rule: Any) -> Any:
    """Return a parameter; rule: unit, ``low`` (from), ``above`` (from, itself left out), high."""
    return field(default=default, metadata={"note": note, **rule})


class DelayFunction(ABC):
    """Time on a link as a function of its flow.

    Arguments of the methods are arrays, or numbers, of one shape: ``flow`` [pce/h], ``capacity`` of
    the whole link [pce/h], ``free_time_s`` [s] and ``length_m`` [m], which only functions per
    kilometre need.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    needs_length: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Check the parameters."""
        found = parameter_problems(type(self), self.parameters)
        if found:
            raise ValidationError(f"{type(self).__name__}: {text}" for text in found.values())

    @property
    def parameters(self) -> dict[str, float]:
        """Parameters by name."""
        return {each.name: float(getattr(self, each.name)) for each in fields(self)}  # type: ignore[arg-type]  # subclasses are dataclasses

    @property
    def needs_capacity(self) -> bool:
        """Whether the time depends on the capacity, which must then be above 0."""
        return True

    @abstractmethod
    def shape(self, links: Links) -> Shape:
        """Return which formula of ``kernels.delay`` it is, its rise [s] and its parameter."""

    def delay(
        self,
        capacity: npt.ArrayLike,
        free_time_s: npt.ArrayLike,
        length_m: npt.ArrayLike | None = None,
    ) -> "Delay":
        """Arrays that the kernels read, one entry a link.

        Raises
        ------
        ValidationError
            If a length is needed and absent, or a capacity is not above 0 where time depends on it.
        """
        from transitplan.kernels.records import Delay

        if length_m is None and self.needs_length:
            raise ValidationError(
                f"{type(self).__name__}: give length_m; its delay is per kilometre."
            )
        given = (capacity, free_time_s, 0.0 if length_m is None else length_m)
        room, free, length = np.broadcast_arrays(
            *(np.asarray(each, dtype=np.float64).ravel() for each in given)
        )
        if self.needs_capacity and not (room > 0).all():
            raise ValidationError(
                f"{type(self).__name__}: {(~(room > 0)).sum()} of {room.size} capacities are not "
                "above 0. Give capacities, or Constant() where there is no congestion."
            )
        kind, rise, power = self.shape(Links(room, free, length))
        inverse = np.divide(1.0, room, out=np.zeros(room.size), where=room > 0)
        kinds = np.full(room.size, kind, np.int8)
        rises, powers = (np.full(room.size, each, np.float64) for each in (rise, power))
        return Delay(kinds, free.copy(), rises, inverse, powers)

    def time_s(
        self,
        flow: npt.ArrayLike,
        capacity: npt.ArrayLike,
        free_time_s: npt.ArrayLike,
        *,
        length_m: npt.ArrayLike | None = None,
    ) -> Floats:
        """Travel time under flow [s]."""
        return self._times(flow, capacity, free_time_s, length_m)[0]

    def derivative(
        self,
        flow: npt.ArrayLike,
        capacity: npt.ArrayLike,
        free_time_s: npt.ArrayLike,
        *,
        length_m: npt.ArrayLike | None = None,
    ) -> Floats:
        """Derivative of the time by the flow [s h/pce]."""
        return self._times(flow, capacity, free_time_s, length_m)[1]

    def integral(
        self,
        flow: npt.ArrayLike,
        capacity: npt.ArrayLike,
        free_time_s: npt.ArrayLike,
        *,
        length_m: npt.ArrayLike | None = None,
    ) -> Floats:
        """Integral of the time from no flow to the flow, Beckmann's term [s pce/h]."""
        from transitplan.kernels.delay import integrals

        flows, delay = self._links(flow, capacity, free_time_s, length_m)
        out = np.empty(flows.size)
        integrals(flows.ravel(), delay, out)
        return out.reshape(flows.shape)

    def _times(self, flow: npt.ArrayLike, *given: npt.ArrayLike | None) -> tuple[Floats, Floats]:
        from transitplan.kernels.delay import delays

        flows, delay = self._links(flow, *given)
        time, slope = np.empty(flows.size), np.empty(flows.size)
        delays(flows.ravel(), delay, time, slope)
        return time.reshape(flows.shape), slope.reshape(flows.shape)

    def _links(self, flow: npt.ArrayLike, *given: npt.ArrayLike | None) -> "tuple[Floats, Delay]":
        """Flow and functions, an entry for each of the flows that the arguments spread to."""
        known = [each for each in given if each is not None]
        flows, *spread = np.broadcast_arrays(
            *(np.asarray(each, dtype=np.float64) for each in (flow, *known))
        )
        if (flows < 0).any():
            raise ValidationError(f"{type(self).__name__}: a flow is below 0 pce/h.")
        return flows, self.delay(*spread)


@dataclass(frozen=True)
class BPR(DelayFunction):
    """Function of the Bureau of Public Roads: t = t0 (1 + alpha (v / c)^beta).

    Bureau of Public Roads (1964), *Traffic Assignment Manual*.

    Examples
    --------
    >>> BPR(alpha=0.15, beta=4.0).time_s([0.0, 1000.0, 2000.0], 1000.0, 60.0).tolist()
    [60.0, 69.0, 204.0]
    """

    name: ClassVar[str] = "bpr"
    formula: ClassVar[str] = "t = t0 (1 + alpha (v / c)^beta)"
    alpha: float = _parameter(0.15, "share by which the time has risen at capacity", low=0.0)
    beta: float = _parameter(4.0, "power", low=0.0, high=20.0)

    @property
    def needs_capacity(self) -> bool:
        """Whether the time depends on the capacity: not where alpha is 0."""
        return self.alpha > 0.0

    def shape(self, links: Links) -> Shape:
        """Return the formula, its rise [s] and its parameter."""
        from transitplan.kernels import delay

        return delay.BPR, self.alpha * links.free_time_s, self.beta


@dataclass(frozen=True)
class Conical(DelayFunction):
    """Conical function: t = t0 (2 + √(a² (1 − x)² + b²) − a (1 − x) − b), x = v / c.

    a is ``alpha`` and b = (2a − 1) / (2a − 2), so that the time is t0 on the empty link and twice
    that at capacity; its slope never exceeds 2a t0 / c, where BPR of a high power overflows.
    Spiess (1990), *Conical volume-delay functions*, Transportation Science 24(2).

    Examples
    --------
    >>> Conical(alpha=4.0).time_s([0.0, 1000.0], 1000.0, 60.0).round(9).tolist()
    [60.0, 120.0]
    """

    name: ClassVar[str] = "conical"
    formula: ClassVar[str] = (
        "t = t0 (2 + √(a² (1 − x)² + b²) − a (1 − x) − b), b = (2a − 1)/(2a − 2)"
    )
    alpha: float = _parameter(4.0, "steepness, as a power of BPR", above=1.0, high=100.0)

    def shape(self, links: Links) -> Shape:
        """Return the formula, its rise [s] and its parameter."""
        from transitplan.kernels import delay

        return delay.CONICAL, links.free_time_s, self.alpha


@dataclass(frozen=True)
class Akcelik(DelayFunction):
    """Time-dependent queueing delay: t = t0 + L T/4 (x − 1 + √((x − 1)² + 8 J x / (c T))).

    x = v / c, L the length [km], T how long the flow lasts [h] and J a delay parameter: about 0.1
    on a freeway, 0.2 and 0.4 on arterial roads without and with interruptions, 0.8 and 1.6 on
    secondary roads. Above capacity the time grows as the queue of T hours does. Akçelik (1991),
    *Travel time functions for transport planning purposes: Davidson's function, its time-dependent
    form and an alternative travel time function*, Australian Road Research 21(3).

    Examples
    --------
    >>> queueing = Akcelik(delay_factor=0.1, period_h=1.0)
    >>> queueing.time_s([0.0, 2000.0], 2000.0, 40.0, length_m=1000.0).round(6).tolist()
    [40.0, 58.0]
    """

    name: ClassVar[str] = "akcelik"
    formula: ClassVar[str] = "t = t0 + L T/4 (x − 1 + √((x − 1)² + 8 J x / (c T)))"
    needs_length: ClassVar[bool] = True
    delay_factor: float = _parameter(0.1, "J, how strongly delay grows", above=0.0, high=100.0)
    period_h: float = _parameter(1.0, "T, how long the flow lasts", unit="h", above=0.0, high=24.0)

    def shape(self, links: Links) -> Shape:
        """Return the formula, its rise [s] and its parameter."""
        from transitplan.kernels import delay

        quarter_s = 0.25 * self.period_h * SECONDS_PER_HOUR
        queue = 8.0 * self.delay_factor / (links.capacity * self.period_h)
        return delay.AKCELIK, quarter_s * links.length_m / METRES_PER_KM, queue


@dataclass(frozen=True)
class Constant(DelayFunction):
    """The free time, whatever the flow: t = t0.

    Examples
    --------
    >>> Constant().time_s([0.0, 9000.0], 1000.0, 60.0).tolist()
    [60.0, 60.0]
    """

    name: ClassVar[str] = "constant"
    formula: ClassVar[str] = "t = t0"

    @property
    def needs_capacity(self) -> bool:
        """Whether the time depends on the capacity: never."""
        return False

    def shape(self, links: Links) -> Shape:
        """Return the formula, its rise [s] and its parameter."""
        from transitplan.kernels import delay

        del links
        return delay.CONSTANT, 0.0, 0.0


FUNCTIONS: dict[str, type[DelayFunction]] = {
    each.name: each for each in (BPR, Conical, Akcelik, Constant)
}


def parameter_rules() -> dict[str, list[tuple[str, Mapping[str, Any]]]]:
    """Parameters of all functions by name: (function, its rule), each."""
    rules: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for name, function in FUNCTIONS.items():
        for each in fields(function):  # type: ignore[arg-type]  # subclasses are dataclasses
            rules.setdefault(each.name, []).append((name, each.metadata))
    return rules


def from_row(row: Mapping[Any, Any]) -> DelayFunction:
    """Return the function of a row of ``vdf.csv`` that has been checked."""
    function = FUNCTIONS[row["function"]]
    return function(**{each.name: float(row[each.name]) for each in fields(function)})  # type: ignore[arg-type]  # as above


def parameter_problems(function: type[DelayFunction], given: Mapping[str, float]) -> dict[str, str]:
    """What is wrong with the parameters of a function, by parameter; empty when all are right."""
    found = {}
    for each in fields(function):  # type: ignore[arg-type]  # as above
        value, rule = given.get(each.name, np.nan), each.metadata
        low, above, high = (rule.get(key) for key in ("low", "above", "high"))
        wrong = not np.isfinite(value)
        wrong |= (low is not None and value < low) or (above is not None and value <= above)
        wrong |= high is not None and value > high
        if wrong:
            bounds = [f"from {low:g}" if low is not None else f"above {above:g}"]
            bounds += [f"to {high:g}"] if high is not None else []
            found[each.name] = (
                f"{each.name} is {value:g}; it must be {' '.join(bounds)} ({rule['note']})"
            )
    return found
