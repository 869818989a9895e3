"""Characters and surnames as names are confused: unknown ones, compound surnames, look-alikes."""

UNKNOWN = "?*□■〓◇○●＊？�"
"""What systems print for a character that they do not have."""
_COMPOUND = """
欧阳 司马 上官 诸葛 司徒 东方 独孤 南宫 夏侯 皇甫 尉迟 公孙 慕容 长孙 宇文 司空 令狐 端木 轩辕 鲜于 闾丘 澹台 赫连 万俟
呼延 钟离 百里 西门 申屠 公冶 淳于 单于 太叔 濮阳 第五 拓跋
"""
COMPOUND = tuple(_COMPOUND.split())
"""Surnames of two characters."""
_LOOK_ALIKES = """
己已巳 末未 土士 日曰 戊戌戍 人入 千干于 天夭 大太 今令 王玉 田由甲申 明朋 晴睛 辰晨 荣莹 冶治 兰蓝 戴载 贾贸 侯候 陈阵
杨扬 徐除 刘对 汪江 季李 沈沉 白自 邱丘 彦颜 钧均 竞竟 璐路 姗珊 娟捐 杭航 胜性 悦说 坤坪 昊吴 泽择 薇徽 萱宣 睿容 枫楓
峰峯 群羣 淼森 堃坤 昇升 濤涛 華华 國国 麗丽 陳陈 劉刘 張张 楊杨 黃黄 趙赵 吳吴 鄭郑 葉叶 蕭萧 龍龙 鳳凤 蘭兰 榮荣 東东
衛卫 軍军 偉伟 傑杰 紅红 強强 飛飞 鵬鹏 燕嬿
"""
LOOK_ALIKES = tuple(_LOOK_ALIKES.split())
"""Characters taken for one another by eye or by recognition, and traditional forms; the first stands for all."""
