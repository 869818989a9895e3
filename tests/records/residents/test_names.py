"""Names: spelling, pinyin, initials, surnames that are read differently."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yigongti.records.residents.names import COMPOUND, SURNAMES, normalise, search_keys


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("张三", "zhangsan", "zs"),
        ("单雄信", "shanxiongxin", "sxx"),
        ("仇英", "qiuying", "qy"),
        ("曾国藩", "zengguofan", "zgf"),
        ("张曾", "zhangceng", "zc"),
        ("解缙", "xiejin", "xj"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("万俟卨", "moqixie", "mqx"),
        ("欧阳修", "ouyangxiu", "oyx"),
        ("乐正绫", "yuezhengling", "yzl"),
        ("吕布", "lvbu", "lb"),
        ("阿卜杜拉·买买提", "abudulamaimaiti", "abdlmmt"),
        ("John  Smith", "johnsmith", "js"),
        ("王", "wang", "w"),
        ("", "", ""),
    ],
)
def test_keys(name: str, pinyin: str, initials: str) -> None:
    keys = search_keys(name)
    assert (keys.pinyin, keys.initials) == (pinyin, initials)


def test_the_other_reading_is_an_alternative() -> None:
    assert search_keys("仇英").alternatives == (("chouying", "cy"),)
    assert search_keys("张三").alternatives == ()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" 张　三 ", "张三"),
        ("买买提・吐尔逊", "买买提·吐尔逊"),
        ("买买提 . 吐尔逊", "买买提·吐尔逊"),
        ("买买提•吐尔逊", "买买提·吐尔逊"),
        ("Ｊｏｈｎ Ｒ. Smith", "John R. Smith"),
        ("·张三·", "张三"),
    ],
)
def test_one_spelling(typed: str, name: str) -> None:
    assert normalise(typed) == name


@given(st.text(max_size=20))
def test_any_text_has_keys(text: str) -> None:
    keys = search_keys(text)
    assert keys == search_keys(keys.name), "a name that is already in its one spelling stays as it is"
    assert len(keys.initials) <= len(keys.pinyin)
    assert not any(c.isspace() for c in keys.pinyin)


def test_the_surname_table() -> None:
    assert all(len(s) == 1 and r and all(x.isascii() and x.islower() for x in r) for s, r in SURNAMES.items())
    assert all(len(s) == 2 for s in COMPOUND)
