"""Time, length and money between all zones, along the path of least generalised cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from transitplan.arrays import Bools, Floats, frozen
from transitplan.errors import NotFoundError, likely
from transitplan.graph.road import RoadGraph
from transitplan.graph.streets import at_own_pace
from transitplan.model.demand import UserClass
from transitplan.paths.costs import FIELDS, link_values
from transitplan.paths.search import Search, prepare
from transitplan.units import SECONDS_PER_HOUR

if TYPE_CHECKING:  # times that are only computed with need no maps
    from transitplan.model.network import Network
    from transitplan.viz.maps import PlanMap


@dataclass(frozen=True, eq=False)
class Skim:
    """Quantities between all zones; inf where there is no path, 0 on the diagonal."""

    zone_ids: "pd.Index[Any]"
    fields: tuple[str, ...]
    values: Floats  # (n_fields, n_zones, n_zones), origin by row
    reachable: Bools  # (n_zones, n_zones)
    use: str = "car"
    version: str = ""  # of the network

    def __getitem__(self, field: str) -> pd.DataFrame:
        """One field as a zone × zone DataFrame."""
        return pd.DataFrame(
            self.array(field), index=self.zone_ids, columns=self.zone_ids, copy=True
        )

    def array(self, field: str) -> Floats:
        """One field as a frozen array, (n_zones, n_zones)."""
        if field not in self.fields:
            raise NotFoundError(f"skim: no field {field!r}; it has {', '.join(self.fields)}.")
        found: Floats = self.values[self.fields.index(field)]
        return found

    def to_map(
        self,
        network: "Network",
        origin: Any,
        field: str = "time_s",
        *,
        ground: Mapping[str, Any] | None = None,
        tiles: str = "",
    ) -> "PlanMap":
        """Return a map of what each zone costs to reach from one of them.

        Parameters
        ----------
        network
            Where the zones lie.
        origin
            Id of the zone to start from.
        field
            Which of the fields; times are shown in minutes, lengths in kilometres.
        ground, tiles
            As in ``Network.to_map``.

        Raises
        ------
        NotFoundError
            If there is no such zone or field.
        ValidationError
            If the network has bare coordinates.
        """
        from transitplan.paths.skim_map import skim_map

        return skim_map(self, network, origin, field, ground=ground, tiles=tiles)

    def explore(
        self, network: "Network", origin: Any, field: str = "time_s", **options: Any
    ) -> "PlanMap":
        """Do as ``to_map``, under the name that GeoPandas has for it."""
        return self.to_map(network, origin, field, **options)

    def _repr_html_(self) -> str:
        """Return a small table for notebooks: means over the pairs that are reached."""
        from transitplan.viz.card import card

        apart = self.reachable & ~np.eye(len(self.zone_ids), dtype=bool)
        means = [
            (f"mean of {name}", f"{values[apart].mean():,.1f}" if apart.any() else "no way")
            for name, values in zip(self.fields, self.values, strict=True)
        ]
        lost = int((~self.reachable).sum())
        zones = ("zones", f"{len(self.zone_ids):,}")
        return card(f"Skim for {self.use}", [zones, *means, ("pairs without a way", f"{lost:,}")])

    def to_frame(self) -> pd.DataFrame:
        """One row a pair of zones: o_zone_id, d_zone_id and the fields."""
        n_zones = len(self.zone_ids)
        columns = {
            "o_zone_id": self.zone_ids.repeat(n_zones),
            "d_zone_id": self.zone_ids.append([self.zone_ids] * (n_zones - 1))
            if n_zones
            else self.zone_ids,
        }
        numbers = {name: self.values[i].ravel() for i, name in enumerate(self.fields)}
        return pd.DataFrame({**columns, **numbers})


def skim(
    roads: RoadGraph,
    fields: Sequence[str] = ("time_s", "length_m"),
    *,
    use: str = "car",
    times_s: npt.ArrayLike | None = None,
    user_class: UserClass | None = None,
    threads: int | None = None,
) -> Skim:
    """Quantities between all zones along the paths of least generalised cost.

    Parameters
    ----------
    roads
        Compiled network.
    fields
        Any of ``time_s``, ``delay_s`` (time above free flow), ``length_m``, ``toll_cny``,
        ``money_cny`` (toll and distance cost) and ``cost_s`` (time and money in seconds), all along
        the same path. A class that pays no tolls has none.
    use
        Kind of traffic; links that do not allow it are closed, and trucks take longer on climbs.
        ``walk`` and ``cycle`` keep their own pace on the streets open to them: 4.5 and 17 km/h, or
        that of ``compile_streets``, whatever ``times_s`` says of the cars.
    times_s
        Time of each link, as a car drives it, in the order of the link table, as
        ``Assignment.time_s``; free-flow times when absent.
    user_class
        Whose money counts: sets the use, tolls and value of time. Without one, time alone decides.
    threads
        At most so many at a time; all cores by default. The answer is the same.

    Raises
    ------
    NotFoundError
        If a field is unknown.
    ValidationError
        If ``times_s`` does not fit the network.

    Examples
    --------
    >>> from transitplan.graph import compile_road
    >>> from transitplan.model.cases import two_routes
    >>> network, demand = two_routes()
    >>> float(skim(compile_road(network), ["time_s"])["time_s"].loc[1, 2])
    600.0
    """
    plan = plan_skim(roads, fields, use=use, times_s=times_s, user_class=user_class)
    found = plan.search.rows(0, len(plan.zone_ids), threads=threads)
    rows = list(plan.rows)
    values = found if rows == list(range(len(found))) else found[rows]
    return Skim(
        plan.zone_ids,
        plan.fields,
        frozen(values),
        frozen(np.isfinite(found[0])),
        plan.use,
        plan.version,
    )


class SkimPlan(NamedTuple):
    """A skim that is ready to be computed, all at once or in blocks of origins."""

    search: Search
    rows: tuple[int, ...]  # (n_fields,) which of the quantities of the search each field is
    zone_ids: "pd.Index[Any]"
    fields: tuple[str, ...]
    use: str
    version: str  # of the network


def plan_skim(
    roads: RoadGraph,
    fields: Sequence[str],
    *,
    use: str,
    times_s: npt.ArrayLike | None,
    user_class: UserClass | None,
) -> SkimPlan:
    """Check what is asked for, weigh the links and make the search ready; as ``skim``."""
    unknown = [name for name in fields if name not in FIELDS]
    if unknown:
        raise NotFoundError(
            f"skim: no field {unknown[0]!r}. Use any of {', '.join(FIELDS)}."
            f"{likely(unknown[0], FIELDS)}"
        )
    use = user_class.use if user_class else use
    roads = at_own_pace(roads, use)
    times_s = times_s if roads.pace is None else None
    given = roads.free_time_s if times_s is None else link_values(roads, times_s, what="times_s")
    time = given + roads.slower_s(use)
    posted = roads.toll_cny(user_class.payer if user_class else use)
    cost, toll, money = time, posted, posted
    if user_class is not None:
        spent_s = user_class.money_s(posted, roads.length_m)
        cost = time + spent_s
        toll = posted if user_class.pays_tolls else np.zeros(roads.n_links)
        money = spent_s * (user_class.value_of_time_cny_per_h / SECONDS_PER_HOUR)
    along = {
        "time_s": time,
        "delay_s": given - roads.free_time_s,
        "length_m": roads.length_m,
        "toll_cny": toll,
        "money_cny": money,
    }
    # Without a class the time decides, so that it is the cost.
    decided = {"cost_s"} if user_class is not None else {"cost_s", "time_s"}
    extra = [name for name in fields if name not in decided]
    search = prepare(
        roads,
        np.where(roads.allowed(use), cost, np.inf),
        roads.centroid,
        roads.centroid,
        [along[name] for name in extra],
    )
    place = {**dict.fromkeys(decided, 0), **{name: 1 + i for i, name in enumerate(extra)}}
    rows = tuple(place[name] for name in fields)
    return SkimPlan(search, rows, roads.zone_ids, tuple(fields), use, roads.version)
