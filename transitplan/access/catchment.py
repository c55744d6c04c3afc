"""Floating catchments: supply shared among those who can reach it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from transitplan.access.decay import Decay
from transitplan.access.opportunities import minutes
from transitplan.errors import ValidationError


@dataclass(frozen=True, eq=False)
class Catchment:
    """What a catchment came to.

    access
        Supply per head that each zone of demand can reach, indexed by zone id.
    load
        Supply per head of all who reach it, for each zone of supply, R_j.
    stranded
        Supply that nobody reaches.
    """

    access: "pd.Series[float]"
    load: "pd.Series[float]"
    stranded: float


def catchment(
    time_s: pd.DataFrame, supply: "pd.Series[Any]", demand: "pd.Series[Any]", decay: Decay
) -> Catchment:
    """Two-step floating catchment: A_i = Σ_j f(t_ij) S_j / Σ_k P_k f(t_kj).

    With ``Step`` the method of Luo & Wang (2003), Environment and Planning B 30(6); with ``Steps``
    the enhanced one (E2SFCA) of Luo & Qi (2009), Health & Place 15(4); with a smooth decay the
    competition measure of Shen (1998), Environment and Planning B 25(3), as for jobs and workers.
    All supply that is reached is given out: Σ_i P_i A_i = Σ_j S_j − stranded.

    Parameters
    ----------
    time_s
        Times from zones of demand (rows) to zones of supply (columns) [s].
    supply, demand
        Amounts by zone id: beds, places, jobs; people who want them.

    Raises
    ------
    ValidationError
        If a zone has no amount, or a negative one.
    """
    offered = _amounts("supply", supply, time_s.columns)
    wanted = _amounts("demand", demand, time_s.index)
    weights = decay(minutes(time_s))
    reached_by = wanted @ weights
    load = np.divide(offered, reached_by, out=np.zeros_like(offered), where=reached_by > 0)
    return Catchment(
        access=pd.Series(weights @ load, index=time_s.index, name="access"),
        load=pd.Series(load, index=time_s.columns, name="load"),
        stranded=float(offered[reached_by <= 0].sum()),
    )


def _amounts(name: str, values: "pd.Series[Any]", zones: "pd.Index[Any]") -> Any:
    absent = zones.difference(values.index)
    if len(absent):
        raise ValidationError(
            f"{name}: {len(absent)} zones have no amount "
            f"({', '.join(map(str, absent[:5]))}). Give 0 where there is none."
        )
    found = values.loc[zones].to_numpy(dtype=float)
    if not (np.isfinite(found) & (found >= 0)).all():
        raise ValidationError(f"{name}: empty, infinite or negative amounts. Correct them.")
    return found
