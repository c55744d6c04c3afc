"""Variants in the run store: by what key, and as which record."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, astuple
from typing import Any

from transitplan.scenario.case import Case
from transitplan.scenario.kept import KeptRun
from transitplan.scenario.options import committed_network
from transitplan.scenario.response import read_response
from transitplan.scenario.tolls import tolls_paid
from transitplan.scenario.variants import Toll, Variant, variant_demand
from transitplan.store import Store, StoredRun, run_key

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
        self._demands: dict[Variant, str] = {}
        self._responses: dict[int, str] = {}

    def key(self, variant: Variant) -> str:
        """Name of the run of a variant."""
        if variant not in self._keys:
            self._keys[variant] = run_key(KIND, self.inputs(variant))
        return self._keys[variant]

    def inputs(self, variant: Variant) -> dict[str, Any]:
        """Everything that the numbers of a variant depend on, software aside."""
        case, start = self._case, variant.start
        return {
            "network": committed_network(case, variant.year).version,
            "built": {option: _hash(repr(case.find(option))) for option in variant.built},
            "closed": list(variant.closed),
            "narrowed": [list(each) for each in variant.narrowed],
            "shut_links": list(variant.shut_links),
            "tolls_present": _tolls(tolls_paid(case.tolls, variant.year, plates=variant.plates)),
            "tolls": _tolls(variant.tolls),
            "demand": self._demand(variant),
            "elasticity": variant.elasticity,
            "response": [variant.response, self._response(variant)] if variant.response else [],
            "gap": self._gap,
            "start": "" if start is None else self.key(start),
        }

    def find(self, variant: Variant) -> KeptRun | None:
        """Return the run of a variant, if it was ever solved; its files are read when needed."""
        stored = None if self._store is None else self._store.find(self.key(variant))
        return None if stored is None else KeptRun(variant, content=_Files(stored))

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

    def _demand(self, variant: Variant) -> str:
        """Version of the trips of a variant's world."""
        world = variant.base
        if world not in self._demands:
            self._demands[world] = variant_demand(self._case, world).version
        return self._demands[world]

    def _response(self, variant: Variant) -> str:
        """Hash of how trips of a year answer."""
        if variant.year not in self._responses:
            found = read_response(self._case, variant.year)
            parts = [found.zone_ids.astype(str).tolist(), found.scale_per_s, found.deterrence_per_s]
            digest = hashlib.sha256(repr(parts).encode())
            for name, share in sorted(found.shares.items()):
                digest.update(name.encode() + share.tobytes())
            self._responses[variant.year] = digest.hexdigest()
        return self._responses[variant.year]


class _Files:
    """Content of a stored run, read when it is asked for."""

    def __init__(self, stored: StoredRun) -> None:
        self._stored = stored

    def __call__(self) -> Mapping[str, bytes]:
        return {name: self._stored.content(name) for name in self._stored.files}


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
