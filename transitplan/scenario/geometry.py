"""How long a crossing is: the closed rule from dykes, cover or clearance, and gradient.

The road leaves the ground on one side, climbs (bridge) or falls (tunnel) at the steepest gradient g
to a rise h, stays level over the width W from beyond one dyke to beyond the other, and comes back:

    ramp, each side    h / g
    structure          W + 2 (h - j) / g      where j is the rise at which open cutting or
                                              embankment ends: the portal or the abutment
    main part          W + 2 (h - m) / g      the bored part, from the depth m on; for other ways of
                                              building the level part, or the channel alone

A tunnel must pass under the feet of both dykes: h = cover + crown to road. A bridge must clear the
dyke roads and the highest water: h = max(dyke + clearance, flood + silting + navigation) + deck.
"""

from dataclasses import dataclass

from transitplan.errors import ValidationError
from transitplan.scenario.form import Part, PartName

SHORTEST_M = 1.0  # approach roads below this are left out


@dataclass(frozen=True)
class Profile:
    """Lengths along a crossing [m]; ``rise_m`` is a depth for a tunnel."""

    rise_m: float
    gradient: float
    level_m: float
    ramp_m: float  # each side, from the ground to the level part
    structure_m: float  # under cover, or on piers
    main_m: float

    @property
    def total_m(self) -> float:
        """Length between the points where the road leaves the ground."""
        return self.level_m + 2.0 * self.ramp_m


def tunnel_depth_m(*, cover_m: float, crown_to_road_m: float) -> float:
    """Depth of the lowest road below the ground at the foot of a dyke."""
    return cover_m + crown_to_road_m


def bridge_height_m(
    *,
    dyke_height_m: float,
    clearance_m: float,
    flood_level_m: float,
    silting_m: float,
    navigation_m: float,
    deck_depth_m: float,
) -> float:
    """Height of the road above the ground outside the dykes.

    Examples
    --------
    >>> bridge_height_m(
    ...     dyke_height_m=12.0, clearance_m=5.0, flood_level_m=10.0, silting_m=4.0,
    ...     navigation_m=8.0, deck_depth_m=3.0,
    ... )
    25.0
    """
    soffit = max(dyke_height_m + clearance_m, flood_level_m + silting_m + navigation_m)
    return soffit + deck_depth_m


def build_profile(
    rise_m: float,
    gradient: float,
    *,
    level_m: float,
    joins_m: float,
    structure_m: float | None = None,
) -> Profile:
    """Lengths of a crossing by the rule of this module.

    Parameters
    ----------
    joins_m
        Rise at which the structure takes over from embankment or open cutting.
    structure_m
        Length of the structure, where it is known: the level part follows from it.

    Raises
    ------
    ValidationError
        If a known length leaves less than ``level_m`` between the ramps.

    Examples
    --------
    >>> found = build_profile(40.0, 0.04, level_m=1000.0, joins_m=8.0)
    >>> found.ramp_m, found.structure_m, found.total_m
    (1000.0, 2600.0, 3000.0)
    """
    joins_m = min(joins_m, rise_m)
    sloped = 2.0 * (rise_m - joins_m) / gradient
    level = level_m if structure_m is None else structure_m - sloped
    if level < level_m - SHORTEST_M:
        raise ValidationError(
            f"a structure of {structure_m:g} m is too short: {level_m:g} m from dyke to dyke and "
            f"{sloped:.0f} m of slopes at {gradient:.1%} need {level_m + sloped:.0f} m. Leave its "
            "length out, or raise the gradient"
        )
    return Profile(rise_m, gradient, level, rise_m / gradient, level + sloped, level)


def build_parts(
    profile: Profile, total_m: float, *, centre_m: float, sign: int
) -> tuple[Part, ...]:
    """Pieces of the way in order: approach, ramp, structure, ramp, approach.

    Parameters
    ----------
    centre_m
        Where along the way the middle of the river lies; moved only where an approach has no room.
    sign
        1 for what climbs to the river, -1 for what dives.

    Raises
    ------
    ValidationError
        If the way is too short for the crossing.
    """
    room = total_m - profile.total_m
    if room < -SHORTEST_M:
        raise ValidationError(
            f"a way of {total_m:.0f} m is too short: the road needs {profile.total_m:.0f} m to "
            f"leave the ground, cross and come back at {profile.gradient:.1%}. Choose ends further "
            "apart, or raise the gradient"
        )
    before = min(max(centre_m - profile.total_m / 2.0, 0.0), max(room, 0.0))
    level = profile.level_m + min(room, 0.0)
    slope = sign * profile.gradient
    pieces: tuple[tuple[PartName, float, float], ...] = (
        ("approach", before, 0.0),
        ("ramp", profile.ramp_m, slope),
        ("structure", level, 0.0),
        ("ramp", profile.ramp_m, -slope),
        ("approach", max(room, 0.0) - before, 0.0),
    )
    kept = [(name, length, climb) for name, length, climb in pieces if length >= SHORTEST_M]
    spare = total_m - sum(length for _, length, _ in kept)  # of approaches left out
    return tuple(
        Part(part=name, length_m=length + (spare if name == "structure" else 0.0), gradient=climb)
        for name, length, climb in kept
    )
