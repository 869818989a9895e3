"""Names as they are compared and searched: one spelling, a pinyin key, its initials.

A surname is read as a surname (单 shan, 仇 qiu, 曾 zeng, 解 xie, 尉迟 yuchi). A name written with a middle dot is a
transliteration and has no surname. Where a character has a second usual reading, the key made from it is an
alternative: people type both.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from pypinyin import lazy_pinyin

DOTS = "·•‧∙⋅・･．。.﹒●・"
"""What is typed for the middle dot (U+00B7) between the parts of a name."""

_READINGS = """
单 shan dan|仇 qiu chou|曾 zeng ceng|解 xie jie|区 ou qu|查 zha cha|朴 piao pu|盖 ge gai|覃 qin tan
缪 miao mou|乐 yue le|翟 zhai di|牟 mu mou|祭 zhai ji|黑 he hei|员 yun yuan|秘 bi mi|薄 bo bao|卜 bu|折 she zhe
召 shao zhao|种 chong zhong|繁 po fan|洗 xian xi|句 gou ju|隗 wei kui|佴 nai er|郇 xun huan|阚 kan
谌 chen shen|隽 juan jun|乜 nie mie|柏 bai bo|都 du|能 nai neng|贠 yun|车 che ju|行 xing hang|宿 su xiu
尉 wei yu|郗 xi chi|费 fei bi|莘 shen xin|褚 chu zhu|厦 sha xia|藏 zang cang|长 chang zhang|重 chong zhong
参 shen can|调 diao tiao|角 jue jiao|盛 sheng cheng|宓 mi fu|适 shi kuo|会 gui hui
"""
SURNAMES: dict[str, tuple[str, ...]] = {
    surname: tuple(readings) for surname, *readings in map(str.split, re.split(r"[|\n]", _READINGS.strip()))
}
"""Surnames that a dictionary reads wrong, or that have a second usual reading: the right one first."""

_COMPOUND = """
尉迟 万俟 令狐 长孙 澹台 皇甫 夏侯 诸葛 鲜于 亓官 司马 上官 欧阳 赫连 公冶 宗政
濮阳 淳于 单于 太叔 申屠 公孙 仲孙 轩辕 钟离 宇文 慕容 司徒 司空 拓跋 独孤 南宫
东方 百里 呼延 闾丘 东郭 南门 西门 羊舌 微生 梁丘 左丘 东门 第五 宰父 谷梁 段干
颛孙 端木 巫马 公西 漆雕 乐正 壤驷 公良
"""
COMPOUND = frozenset(_COMPOUND.split())
"""Surnames of two characters."""


@dataclass(frozen=True)
class NameKeys:
    """What a name is found by. ``alternatives`` holds pairs of pinyin and initials from other readings."""

    name: str
    pinyin: str
    initials: str
    alternatives: tuple[tuple[str, str], ...] = ()


def normalise(name: str) -> str:
    """The one spelling: half-width, one kind of middle dot, no space between Chinese characters, none doubled."""
    text = unicodedata.normalize("NFKC", name)
    text = re.sub(rf"\s*[{re.escape(DOTS)}]\s*", "·", text) if _is_han(text.strip()[:1]) else text
    text = re.sub(r"\s+", " ", text).strip(" ·")
    text = re.sub(r"(?<=[^\x00-\u02ff]) (?=[^\x00-\u02ff])", "", text)
    return unicodedata.normalize("NFKC", text)  # what has come together may combine


def search_keys(name: str) -> NameKeys:
    """Spelling, pinyin without tones (ü is v) and initials of ``name``; other scripts keep their letters."""
    text = normalise(name)
    surname, given = _parts(text)
    rest = _syllables(given)
    first, *others = _surname_readings(surname)
    return NameKeys(
        name=text,
        pinyin="".join((*first, *rest)),
        initials=_initials((*first, *rest)),
        alternatives=tuple(("".join((*o, *rest)), _initials((*o, *rest))) for o in others),
    )


def given_name(name: str) -> str:
    """What follows the surname in a name of :func:`search_keys`."""
    return name[2 if name[:2] in COMPOUND else 1 :]


def _is_han(character: str) -> bool:
    return bool(character) and unicodedata.name(character, "").startswith(("CJK UNIFIED", "CJK COMPAT"))


def _parts(text: str) -> tuple[str, str]:
    """Surname and given name; no surname in a transliterated name or in another script."""
    if "·" in text or not _is_han(text[:1]):
        return "", text
    length = 2 if len(text) > 2 and text[:2] in COMPOUND else 1
    return text[:length], text[length:]


@lru_cache(maxsize=4096)
def _surname_readings(surname: str) -> tuple[tuple[str, ...], ...]:
    """The readings of a surname, each a tuple of syllables, the usual one first."""
    if surname == "乐正":
        return (("yue", "zheng"), ("le", "zheng"))
    if surname in SURNAMES:
        return tuple((reading,) for reading in SURNAMES[surname])
    return (_syllables(surname),)


@lru_cache(maxsize=200_000)
def _syllables(text: str) -> tuple[str, ...]:
    """The syllables of Chinese characters and the words of other scripts, lower case, letters and digits only."""
    marked = text.replace("卜", " bu ") if "·" in text else text
    return tuple(word for part in lazy_pinyin(marked) for word in re.findall(r"[^\W_]+", part.lower()))


def _initials(syllables: tuple[str, ...]) -> str:
    return "".join(syllable[0] for syllable in syllables)
