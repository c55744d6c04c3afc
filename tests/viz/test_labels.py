import pytest

from transitplan.viz.labels import broken, broken_text, width_px
from transitplan.viz.text import Text


def test_a_chinese_sign_is_as_wide_as_high():
    assert width_px("黄河") == 25.0
    assert width_px("il") < width_px("nu") < width_px("MW") < width_px("黄河")


@pytest.mark.parametrize(
    "words",
    ["Sungeng-Taiping green development base", "桑梓店高端制造，产业基地与孙耿太平绿色发展基地"],
)
@pytest.mark.parametrize("room", [120.0, 180.0, 1000.0])
def test_lines_keep_to_the_room_and_lose_nothing(words, room):
    lines = broken(words, room)
    assert max(map(width_px, lines)) <= room
    assert (" " if " " in words else "").join(lines) == words
    assert not any(line[0] in "，。）" for line in lines)


def test_a_long_word_stays_whole():
    assert broken("Yinchuan-Qingdao", 20.0) == ["Yinchuan-Qingdao"]


def test_the_shorter_language_takes_the_last_lines():
    assert broken_text(Text("one two", "一"), 30.0) == [Text("one", ""), Text("two", "一")]
