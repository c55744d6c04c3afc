"""The fixture ``network_regression``: what a test checks is held against its baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from transitplan.assignment import Assignment, PathBased, assign
from transitplan.errors import ValidationError
from transitplan.graph.road import RoadGraph, compile_road
from transitplan.model.demand import Demand
from transitplan.model.network import Network
from transitplan.testing import quantities
from transitplan.testing.inputs import Inputs, slim, trip_ends, written_by
from transitplan.testing.table import Table
from transitplan.testing.tolerance import Wanted, tolerance_from
from transitplan.versions.apply import Applied

QUANTITIES = ("structure", "skims", "access", "traffic", "flows")
BENEFITS = {"value": {"relative": 0.01}}
GAP = 1e-8  # so that what the gap leaves open is far below every tolerance


class NetworkRegression:
    """Gathers what a test checks; the test fails at its end if any of it moved.

    Each quantity becomes one table of the baseline. ``tolerances`` gives limits by column, or by
    the first key of a row: ``{"flow_pceph": {"geh": 2.0}}``. What is given there must stand in the
    baseline too; without it the limits of the baseline hold, which may be edited.
    """

    def __init__(self, root: Path) -> None:
        """Begin with nothing checked; files of cards are told relative to the root."""
        self.tables: dict[str, Table] = {}
        self.given: dict[str, Wanted] = {}
        self._root = root
        self._network: Network | None = None
        self._demand: Demand | None = None
        self._applied: Applied | None = None
        self._roads: dict[str, RoadGraph] = {}

    def check(
        self,
        network: Network | Applied,
        demand: Demand | None = None,
        *,
        quantities: Sequence[str] = QUANTITIES,
        gap: float = GAP,
    ) -> Assignment | None:
        """Check a network, and with demand its user equilibrium, which is returned.

        Parameters
        ----------
        network
            A network; or what ``tp.apply_cards`` or ``Case.version`` returned: then a failure names
            the card that wrote a value.
        quantities
            Any of ``QUANTITIES``; traffic and flows need demand.

        Raises
        ------
        ValidationError
            If a quantity is unknown, or needs demand and there is none.
        ConvergenceError
            If the equilibrium does not reach the gap.
        """
        unknown = [name for name in quantities if name not in QUANTITIES]
        if unknown:
            raise ValidationError(
                f"network_regression.check: no quantity {unknown[0]!r}; there are "
                f"{', '.join(QUANTITIES)}."
            )
        self.inputs(network, demand)
        network = _network(network)
        found = None
        if demand is not None:
            roads = self._compiled(network)
            found = assign(roads, demand, PathBased(), gap=gap, threads=1, strict=True)
        for name in quantities:
            if name == "structure":
                self.structure(network)
            elif found is not None:
                getattr(self, name)(found)
            elif name in ("skims", "access"):
                getattr(self, name)(network)
            elif quantities is not QUANTITIES:
                raise ValidationError(f"network_regression.check: {name} needs demand.")
        return found

    def inputs(
        self, network: Network | Applied | None = None, demand: Demand | None = None
    ) -> None:
        """Keep inputs with the baseline, so that a failure can say which of them changed.

        ``check``, and every quantity that is given a network or its traffic, does it itself, the
        cards of ``Applied`` aside. What is given last is kept.
        """
        if isinstance(network, Applied):
            self._applied = network
        if network is not None:
            self._network = _network(network)
        self._demand = demand if demand is not None else self._demand

    def structure(self, network: Network | Applied, *, tolerances: Wanted | None = None) -> None:
        """Check counts, classes, crossings, connectivity and lines, exactly unless told so."""
        roads = self._of(network)
        for table in quantities.structure(roads):
            own = {
                name: limits
                for name, limits in (tolerances or {}).items()
                if name in table.columns or name in table.frame[table.key[0]].astype(str).tolist()
            }
            self._take(table, own)

    def traffic(self, found: Assignment, *, tolerances: Wanted | None = None) -> None:
        """Check trips and generalised cost of each class, hours and kilometres of all."""
        self._of(found)
        self._take(quantities.traffic(found), tolerances)

    def flows(
        self,
        found: Assignment,
        *,
        least_pceph: float = quantities.LEAST_PCEPH,
        tolerances: Wanted | None = None,
    ) -> None:
        """Check flows of at least so many passenger-car equivalents, and of all crossings."""
        self._of(found)
        self._take(quantities.flows(found, least_pceph), tolerances)

    def skims(
        self,
        of: Assignment | Network | Applied,
        *,
        zones: bool = False,
        tolerances: Wanted | None = None,
    ) -> None:
        """Check minutes and kilometres by car between clusters, or between all zones."""
        roads = self._of(of)
        time_s = of.time_s if isinstance(of, Assignment) else None
        self._take(quantities.skims(roads, time_s, zones=zones), tolerances)

    def access(
        self, of: Assignment | Network | Applied, *, tolerances: Wanted | None = None
    ) -> None:
        """Check people and jobs within 15, 30, 45 and 60 minutes of each cluster."""
        roads = self._of(of)
        time_s = of.time_s if isinstance(of, Assignment) else None
        self._take(quantities.access(roads, time_s), tolerances)

    def benefits(self, numbers: Mapping[str, float], *, tolerances: Wanted | None = None) -> None:
        """Check benefits, costs and values by name, to 1 % unless told otherwise."""
        limits = {name: tolerance_from(each, where=name) for name, each in BENEFITS.items()}
        self._take(quantities.values("benefits", numbers, limits), tolerances)

    def values(
        self, name: str, numbers: Mapping[str, float], *, tolerances: Wanted | None = None
    ) -> None:
        """Check numbers of your own by name; write their unit into it."""
        self._take(quantities.values(name, numbers, {}), tolerances)

    def table(
        self,
        name: str,
        frame: pd.DataFrame,
        *,
        key: str | Sequence[str],
        labels: Sequence[str] = (),
        decimals: Mapping[str, int] | None = None,
        tolerances: Wanted | None = None,
    ) -> None:
        """Check a table of your own, one row a key; other columns are compared, labels are not."""
        names = (key,) if isinstance(key, str) else tuple(key)
        whole = frame if all(each in frame for each in names) else frame.reset_index()
        self._take(Table(name, whole, names, tuple(labels), decimals or {}), tolerances)

    def gathered(self) -> Inputs:
        """Inputs of what was checked, as a baseline keeps them."""
        return Inputs(
            None if self._network is None else slim(self._network),
            None if self._demand is None else trip_ends(self._demand),
            None if self._applied is None else written_by(self._applied, self._root),
        )

    def about(self) -> dict[str, str]:
        """What a baseline says of its making."""
        named: dict[str, str] = {"software": f"transitplan {version('transitplan')}"}
        if self._network is not None:
            named |= {"network": self._network.name, "network_version": self._network.version}
        if self._demand is not None:
            named |= {"demand": self._demand.name, "demand_version": self._demand.version}
        return named

    def _take(self, table: Table, tolerances: Wanted | None) -> None:
        if not table.name.isidentifier():
            raise ValidationError(f"network_regression: {table.name!r} cannot name a file.")
        if table.name in self.tables:
            raise ValidationError(
                f"network_regression: {table.name} is checked twice in this test. Make it two "
                "tests, or parametrize."
            )
        given = {
            name: tolerance_from(limits, where=f"network_regression, {table.name}, {name}")
            for name, limits in (tolerances or {}).items()
        }
        known = {*table.columns, *table.frame[table.key[0]].astype(str)}
        wrong = [name for name in given if name not in known]
        if wrong:
            raise ValidationError(
                f"network_regression: {table.name} has no column or row {wrong[0]!r} to be given a "
                f"tolerance; its columns are {', '.join(table.columns)}."
            )
        limits = {**table.tolerances, **given}
        self.tables[table.name] = replace(table, tolerances=limits)
        self.given[table.name] = dict(tolerances or {})

    def _of(self, of: Assignment | Network | Applied) -> RoadGraph:
        """Roads of what is checked, whose inputs are kept."""
        if isinstance(of, Assignment):
            if self._network is None:
                self.inputs(of.roads.network, of.demand)
            return of.roads
        if self._network is None:
            self.inputs(of)
        return self._compiled(_network(of))

    def _compiled(self, network: Network) -> RoadGraph:
        if network.version not in self._roads:
            self._roads[network.version] = compile_road(network)
        return self._roads[network.version]


def _network(given: Network | Applied) -> Network:
    return given.network if isinstance(given, Applied) else given
