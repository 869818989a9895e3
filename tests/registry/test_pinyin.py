import pytest

from yigongti.registry.pinyin import initials, keys


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("高血压病", "gxyb"),
        ("CT检查", "ctjc"),
        ("2型糖尿病", "2xtnb"),
        ("重庆", "cq"),
        ("（社区）", "sq"),
        ("", ""),
        ("α受体", "st"),
    ],
)
def test_initials_of_what_people_say(text: str, expected: str) -> None:
    assert initials(text) == expected


def test_keys_hold_initials_and_syllables_of_every_name_within_the_limit() -> None:
    assert keys("蓝山县人民医院", "县医院") == "lsxrmyy lanshanxianrenminyiyuan xyy xianyiyuan"
    assert keys("", "") == ""
    assert len(keys("医院" * 200)) == 256
