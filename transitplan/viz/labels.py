"""How much room words take in a drawing, and where they break."""

from transitplan.viz.text import Text

SIZE_PX = 12.5  # of the letters, as the page's style has them
LINE_PX = 14.0  # from one line of a label to the next
_NARROW, _WIDE = frozenset("iljtfrI.,:;'|()[] "), frozenset("mwMW%@")
_FIRST_CJK = 0x2E80
_NOT_FIRST = frozenset("，。、；：）】》？！")  # never the first sign of a line


def width_px(words: str) -> float:
    """Room of a line in pixels, on the safe side for the sans-serif fonts of the page."""
    return SIZE_PX * sum(map(_share, words))


def broken(words: str, room_px: float) -> list[str]:
    """Lines that keep to the room: halves, and halves of halves, broken between words.

    A word that is longer than the room stays whole.
    """
    places = [at for at in range(1, len(words)) if _may_break(words, at)]
    if width_px(words) <= room_px or not places:
        return [words]
    cut = min(places, key=lambda at: abs(width_px(words[:at]) - width_px(words[at:])))
    halves = words[:cut].strip(), words[cut:].strip()
    return [line for half in halves for line in broken(half, room_px)]


def broken_text(words: Text, room_px: float) -> list[Text]:
    """Break both languages; the shorter one takes the last lines, the others stay empty."""
    english, chinese = broken(words.en, room_px), broken(words.zh, room_px)
    rows = max(len(english), len(chinese))
    return [
        Text(*pair)
        for pair in zip(
            [""] * (rows - len(english)) + english,
            [""] * (rows - len(chinese)) + chinese,
            strict=True,
        )
    ]


def is_chinese(sign: str) -> bool:
    """Tell a Chinese sign, punctuation included: it takes the room of two letters."""
    return ord(sign) >= _FIRST_CJK


def _share(sign: str) -> float:
    """Width of a sign as a share of its height."""
    if is_chinese(sign):
        return 1.0
    if sign in _NARROW:
        return 0.36
    if sign in _WIDE:
        return 0.9
    return 0.68 if sign.isupper() else 0.58


def _may_break(words: str, at: int) -> bool:
    before, after = words[at - 1], words[at]
    return before == " " or (is_chinese(before) and is_chinese(after) and after not in _NOT_FIRST)
