"""Invented names that sound like those of the people who live there.

Surnames are drawn by their frequency in China (per 10,000 people, rounded, from memory of the published lists), with
the surnames that are common in southern Hunan raised; given names by the fashion of the decade of birth and by sex.
"""

from random import Random

SURNAMES = """
李 794 王 741 张 707 刘 538 陈 453 杨 308 赵 229 黄 423 周 312 吴 205 徐 167 孙 154 胡 131 朱 126 高 121 林 118 何 217
郭 115 马 105 罗 186 梁 84 宋 81 郑 78 谢 172 韩 68 唐 267 冯 64 于 62 董 61 萧 59 程 57 曹 57 袁 54 邓 254 许 52 傅 51
沈 50 曾 150 彭 149 吕 47 苏 47 卢 47 蒋 147 蔡 46 贾 42 丁 42 魏 45 薛 42 叶 42 阎 42 余 41 潘 41 杜 40 戴 39 夏 37
钟 87 汪 37 田 36 任 35 姜 35 范 35 方 34 石 34 姚 33 谭 83 廖 82 邹 81 熊 31 金 31 陆 30 郝 30 孔 30 白 29 崔 28 康 28
毛 27 邱 27 秦 26 江 26 史 25 顾 25 侯 24 邵 24 孟 23 龙 73 万 22 段 22 雷 222 钱 22 汤 21 尹 20 黎 60 易 19 常 18 武 18
乔 18 贺 17 赖 16 龚 15 文 14 成 114 厉 64 封 54 盘 44 欧阳 22 欧 31 骆 41 阳 30
"""
YAO_SURNAMES = "盘 300 赵 280 邓 200 黄 160 李 120 冯 110 郑 80 包 40 周 40 祝 30 沈 20 庞 15"

MALE = (
    (1950, "福 生 德 贵 有 财 金 玉 明 清 顺 发 忠 义 仁 茂 才 富 祥 荣", 0.45),
    (1970, "建 国 华 平 军 民 志 强 永 光 文 新 和 卫 东 勇 庆 跃 胜 友", 0.3),
    (1990, "伟 勇 军 磊 涛 斌 辉 杰 鹏 波 刚 峰 亮 俊 海 宏 超 林 志 明", 0.35),
    (2100, "浩 宇 轩 泽 子 俊 杰 博 文 天 佑 睿 嘉 豪 鑫 晨 逸 航 昊 然", 0.1),
)
FEMALE = (
    (1950, "秀 英 桂 兰 玉 珍 凤 娥 翠 莲 满 姣 菊 花 金 香 月 春 冬 妹", 0.15),
    (1970, "秀 英 玉 梅 桂 兰 丽 华 红 云 小 芳 美 珍 淑 琴 爱 莲 新 凤", 0.2),
    (1990, "丽 娟 艳 芳 燕 玲 静 敏 霞 慧 萍 红 英 琼 琳 娜 晓 春 海 雪", 0.4),
    (2100, "子 涵 欣 怡 雨 梓 萱 诗 琪 雅 婷 思 佳 语 嫣 梦 瑶 可 馨 妍", 0.08),
)
"""Born before the year: characters, and the share of given names of one character."""


def weighted(table: str) -> tuple[list[str], list[int]]:
    """``"李 794 王 741"`` as names and weights."""
    words = table.split()
    return words[::2], [int(weight) for weight in words[1::2]]


class Namer:
    """Draws names from a given source of chance."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.surnames, self.yao = weighted(SURNAMES), weighted(YAO_SURNAMES)
        self.given = {
            sex: [(before, characters.split(), short) for before, characters, short in table]
            for sex, table in (("1", MALE), ("2", FEMALE))
        }

    def name(self, sex: str, year: int, yao: bool = False) -> str:
        """A full name for someone of ``sex`` (GB/T 2261.1) born in ``year``."""
        names, weights = self.yao if yao else self.surnames
        surname = self.chance.choices(names, weights)[0]
        characters, short = next((c, s) for before, c, s in self.given[sex] if year < before)
        first, second = self.chance.sample(characters, 2)
        return surname + (first if self.chance.random() < short else first + second)
