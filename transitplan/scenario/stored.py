"""Variants in the run store: by what key, and as which record."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, astuple
from typing import Any

from transitplan.errors import StoreError
from transitplan.scenario.case import Case
from transitplan.scenario.kept import KeptRun, trips_version
from transitplan.scenario.options import committed_network
from transitplan.scenario.tolls import tolls_paid
from transitplan.scenario.variants import Toll, Variant
from transitplan.store import Store, run_key

KIND = "equilibrium"


class StoredVariants:
    """Equilibria of the variants of a case at one gap, as a store knows them.

    The key says what ``variant_network`` and ``variant_demand`` make a variant of, and from whose
    routes it starts, so that another year's tolls or another form of an option is another run, and
    a parameter of the appraisal is not.
    """

    def __init__(self, case: Case, gap: float, store: Store | None) -> None:
        """Look nothing up yet; without a store nothing is found or kept."""
        self._case, self._gap, self._store = case, gap, store
        self._keys: dict[Variant, str] = {}
        self._networks: dict[int, str] = {}
        self._trips: dict[tuple[Variant, str], tuple[str, str]] = {}

    def key(self, variant: Variant) -> str:
        """Name of the run of a variant."""
        if variant not in self._keys:
            self._keys[variant] = run_key(KIND, self.inputs(variant))
        return self._keys[variant]

    def inputs(self, variant: Variant) -> dict[str, Any]:
        """Everything that the numbers of a variant depend on, software aside."""
        case, start = self._case, variant.start
        demand, response = self.trips(variant)
        return {
            "network": self._network(variant.year),
            "built": {option: _hash(repr(case.find(option))) for option in variant.built},
            "closed": list(variant.closed),
            "narrowed": [list(each) for each in variant.narrowed],
            "shut_links": list(variant.shut_links),
            "tolls_present": _tolls(tolls_paid(case.tolls, variant.year, plates=variant.plates)),
            "tolls": _tolls(variant.tolls),
            "demand": demand,
            "elasticity": variant.elasticity,
            "response": [variant.response, response] if variant.response else [],
            "gap": self._gap,
            "start": "" if start is None else self.key(start),
        }

    def find(self, variant: Variant) -> KeptRun | None:
        """Return the run of a variant, if it was ever solved.

        Its files are read at once: the store may let it go before they are needed.
        """
        stored = None if self._store is None else self._store.find(self.key(variant))
        if stored is None:
            return None
        try:
            content = {name: stored.content(name) for name in stored.files}
        except StoreError:  # it went between the two
            return None
        return KeptRun(variant, content=content)

    def put(self, variant: Variant, run: KeptRun, seconds: float) -> None:
        """Keep a run."""
        if self._store is None:
            return
        record = {
            "name": variant.name,
            "case": str(self._case.folder.resolve()),
            "variant": asdict(variant),
            "seconds": round(seconds, 3),
        }
        inputs = self.inputs(variant)
        self._store.put(self.key(variant), KIND, inputs, run.content, record)

    def trips(self, variant: Variant) -> tuple[str, str]:
        """``trips_version``, as it was when it was first asked for."""
        world = variant.base, variant.response
        if world not in self._trips:
            self._trips[world] = trips_version(self._case, variant)
        return self._trips[world]

    def _network(self, year: int) -> str:
        """Hash of every number of a network; its version takes close ones for the same."""
        if year not in self._networks:
            network = committed_network(self._case, year)
            digest = hashlib.sha256(network.version.encode())
            for name in network.table_names:
                numbers = network.table(name).select_dtypes("float")
                digest.update(numbers.to_numpy(dtype="float64").tobytes())
            self._networks[year] = digest.hexdigest()
        return self._networks[year]


def read_variant(record: Mapping[str, Any]) -> Variant:
    """Return the variant that a record names."""
    told: dict[str, Any] = dict(record["variant"])
    told |= {name: tuple(told[name]) for name in ("built", "closed", "shut_links")}
    told["narrowed"] = tuple((crossing, share) for crossing, share in told["narrowed"])
    told["tolls"] = tuple(Toll(**each) for each in told["tolls"])
    return Variant(**told)


def _tolls(tolls: Any) -> list[list[Any]]:
    return [list(astuple(toll)) for toll in tolls]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
