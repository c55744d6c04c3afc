"""Text in both languages, and the numbers of a plan rounded to what is known."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

BILLION, MILLION, TEN_THOUSAND = 1e9, 1e6, 1e4
HUNDRED_MILLION = 1e8  # 亿
TEN = 10
NOTHING = "–"
SMALLEST_SAVING = 0.05  # minutes: what rounds to nothing when shown to a tenth
NEARLY_ALL = 0.995  # from here on per cent round to 100


@dataclass(frozen=True)
class Text:
    """The same words in English and Simplified Chinese; the page shows one of them.

    In HTML both are written, each with its ``lang``; the style sheet hides the other.
    """

    en: str
    zh: str

    def __html__(self) -> Markup:
        """Both languages as spans, or plain text where they are equal."""
        if self.en == self.zh:
            return escape(self.en)
        return Markup('<span lang="en">{}</span><span lang="zh-Hans">{}</span>').format(
            self.en, self.zh
        )

    @property
    def both(self) -> tuple[str, str]:
        """English, then Chinese."""
        return self.en, self.zh

    def __add__(self, other: "Text | str") -> "Text":
        """Join with more text."""
        more = as_text(other)
        return Text(self.en + more.en, self.zh + more.zh)


def as_text(words: Text | str) -> Text:
    """Take plain words as the same in both languages."""
    return words if isinstance(words, Text) else Text(words, words)


def join(parts: Iterable[Text | str], *, en: str = ", ", zh: str = "、") -> Text:
    """Join texts with the comma of each language."""
    texts = [as_text(part) for part in parts]
    return Text(en.join(text.en for text in texts), zh.join(text.zh for text in texts))


def finite(value: object) -> float | None:
    """Return the value as a float, or None where it is empty or infinite."""
    if value is None or isinstance(value, str):
        return None
    number = float(value)  # type: ignore[arg-type]
    return number if math.isfinite(number) else None


def rounded(value: float, digits: int = 2) -> float:
    """Round to a number of significant digits."""
    if value == 0:
        return 0.0
    return round(value, digits - 1 - math.floor(math.log10(abs(value))))


def plain(value: float, decimals: int = 0) -> str:
    """Write with commas and a true minus sign."""
    if round(value, decimals) == 0:
        value = 0.0  # no minus zero
    return f"{value:,.{decimals}f}".replace("-", "−")


def _decimals(largest: float, digits: int) -> int:
    if largest == 0:
        return 0
    return max(0, digits - 1 - math.floor(math.log10(abs(rounded(largest, digits)))))


def number(value: object, digits: int = 3) -> str:
    """Write with as many decimals as the significant digits need; a dash where empty."""
    known = finite(value)
    if known is None:
        return NOTHING
    text = plain(rounded(known, digits), min(6, _decimals(known, digits)))
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_one_unit(values: Iterable[object], *, digits: int = 2) -> tuple[list[Text], Text] | None:
    """Write several amounts of money in one unit and to one decimal; None where one is not known.

    Returns
    -------
    tuple
        The numbers, and the unit with a space before it.
    """
    known = [finite(value) for value in values]
    numbers = [value for value in known if value is not None]
    if len(numbers) < len(known):
        return None
    largest = max(abs(value) for value in numbers)
    en_unit, en_word = _unit(largest, _UNITS_EN)
    zh_unit, zh_word = _unit(largest, _UNITS_ZH)
    return [
        Text(_scaled(value, en_unit, largest, digits), _scaled(value, zh_unit, largest, digits))
        for value in numbers
    ], Text(en_word, zh_word)


def amounts(values: Iterable[object], *, digits: int = 2) -> Text:
    """Write one amount of money, or several ``low to high``, in one unit and to one decimal."""
    found = in_one_unit(values, digits=digits)
    if found is None:
        return as_text(NOTHING)
    return join(found[0], en=" to ", zh=" 至 ") + found[1]


_UNITS_EN = (  # smallest amount, divisor, word
    (HUNDRED_MILLION, BILLION, " bn CNY"),
    (HUNDRED_MILLION / 100, MILLION, " M CNY"),
    (0.0, 1.0, " CNY"),
)
_UNITS_ZH = (
    (HUNDRED_MILLION / 10, HUNDRED_MILLION, " 亿元"),
    (TEN_THOUSAND, TEN_THOUSAND, " 万元"),
    (0.0, 1.0, " 元"),
)


def _unit(largest: float, units: tuple[tuple[float, float, str], ...]) -> tuple[float, str]:
    return next((divisor, word) for least, divisor, word in units if largest >= least * 0.995)


def _scaled(value: float, unit: float, largest: float, digits: int) -> str:
    """Write a value in a unit, to the last digit that is known of the largest one."""
    if largest == 0:
        return "0"
    last = math.floor(math.log10(rounded(largest, digits))) - digits + 1
    return plain(round(value, -last) / unit, max(0, round(math.log10(unit)) - last))


def money(value: object) -> Text:
    """Write money to two digits: 1.2 bn CNY, 12 亿元."""
    return amounts([value])


def people(value: object) -> Text:
    """Write a count of persons, jobs or vehicles to two digits: 23,000 or 2.3 万."""
    known = finite(value)
    if known is None:
        return as_text(NOTHING)
    known = rounded(known, 2)
    english = plain(known)
    if abs(known) < TEN_THOUSAND:
        return as_text(english)
    tens = known / TEN_THOUSAND
    return Text(english, f"{plain(tens, 0 if abs(tens) >= TEN else 1)} 万")


def people_range(values: Iterable[object]) -> Text:
    """Write a count, or both ends of a range, in one unit; in Chinese 辆 or 人 may follow."""
    ends = list(dict.fromkeys(known for known in map(finite, values) if known is not None))
    english = "–".join(people(value).en for value in ends)
    if max(ends, default=0.0) < TEN_THOUSAND:
        return Text(english, f"{english} ")
    chinese = "–".join(number(value / TEN_THOUSAND, 2) for value in ends)
    return Text(english, f"{chinese} 万")


def minutes(value: object, decimals: int = 0) -> str:
    """Write minutes; a dash where there is no way."""
    known = finite(value)
    return NOTHING if known is None else plain(known, decimals)


def saving(value: object) -> str:
    """Write minutes saved to a tenth; 0 where less than that is saved or lost."""
    known = finite(value)
    return "0" if known is not None and abs(known) < SMALLEST_SAVING else minutes(value, 1)


def percent(value: object, decimals: int = 0) -> str:
    """Write a share as per cent."""
    known = finite(value)
    return NOTHING if known is None else f"{plain(known * 100, decimals)} %"


def sure(share: float) -> str:
    """Per cent that never claims more than the draws do."""
    if NEARLY_ALL <= share < 1:
        return "> 99 %"
    if 0 < share <= 1 - NEARLY_ALL:
        return "< 1 %"
    return percent(share)


def exact(value: object, unit: str = "") -> str:
    """Write the whole number for the hover text."""
    known = finite(value)
    return "" if known is None else f"{known:,.10g} {unit}".strip()


def hover(shown: Text | str, value: object, unit: str = "") -> Markup:
    """Show the rounded number and keep the exact one for the mouse."""
    title = exact(value, unit)
    if not title:
        return escape(shown)
    return Markup('<span class="n" title="{}">{}</span>').format(title, shown)
