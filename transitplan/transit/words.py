"""Words of journeys, in both languages, and the clock."""

DAY_S = 86_400
WORDS = {
    "en": {
        "total": "{begin} to {end}, {minutes} min, rides: {rides}",
        "walk": "{begin} walk {minutes} min from {origin} to {place} {end}",
        "ride": "{begin} {origin} – {place} {end}: {line}, stops: {stops}",
        "zone": "zone {name}",
    },
    "zh": {
        "total": "{begin}出发,{end}到达,{minutes}分钟,乘车{rides}次",
        "walk": "{begin} 步行{minutes}分钟:{origin} – {place},{end}到",
        "ride": "{begin} {line}:{origin} – {place},{stops}站,{end}到",
        "zone": "小区{name}",
    },
}


def clock(time_s: int) -> str:
    """Time of day, with the days that it lies before or after.

    Examples
    --------
    >>> clock(30_240), clock(90_600), clock(-600)
    ('08:24', '01:10 (+1)', '23:50 (-1)')
    """
    days, second = divmod(time_s, DAY_S)
    text = f"{second // 3600:02d}:{second // 60 % 60:02d}"
    return f"{text} ({days:+d})" if days else text
