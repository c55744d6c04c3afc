"""How fast one walks and cycles: a pace of one's own, whatever the cars do."""

from dataclasses import dataclass

from transitplan.errors import ValidationError


@dataclass(frozen=True)
class Pace:
    """A use of the streets that keeps its own speed.

    Parameters
    ----------
    use
        As in ``use_definition.csv``: says which links are open.
    speed_kph
        Mean speed on the way, stops at lights included [km/h].
    both_ways
        Whether one-way streets are open in both directions, and bans of turns do not count.

    Examples
    --------
    >>> Pace("cycle", 15.0).speed_kph
    15.0
    """

    use: str
    speed_kph: float
    both_ways: bool = False

    def __post_init__(self) -> None:
        """Refuse a speed that is none."""
        if not 0 < self.speed_kph < float("inf"):
            raise ValidationError(f"Pace.speed_kph: {self.speed_kph} was given; give one above 0.")


# Walking: as in ``Walking``, 1.25 m/s. Cycles and e-bikes: means at sites in Hangzhou, 13.46 and
# 17.09 km/h (Jin et al. 2015, *Speed characteristics of mixed bicycle traffic*, Advances in
# Mechanical Engineering 7, doi 10.1177/1687814015616918).
WALK = Pace("walk", 4.5, both_ways=True)
CYCLE = Pace("cycle", 13.5)
E_BIKE = Pace("cycle", 17.0)
PACES = {"walk": WALK, "cycle": E_BIKE}  # of a use where nobody says another
