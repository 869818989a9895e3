"""Which edition is in force: place before everyone, the latest start, the dates of effect."""

import os
from datetime import date

import pytest

import yigongti.care.referral.findings  # noqa: F401 - registers the shape
from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy import store as module
from yigongti.kernel.policy.comparison import diff
from yigongti.kernel.policy.editions import content_hash
from yigongti.kernel.policy.outline import outline
from yigongti.kernel.policy.store import Overrides, Store, reach

TEXT = """\
policy: room/limits
kind: settings
version: {version}
effective: {{from: {start}, to: {end}}}
place: {place}
title: 限值
source: {{document: 文件, mark: D}}
settings:
  limit: {{name: 限值, value: {value}, unit: 天, low: 1, high: 99}}
"""


def text(version="2025.1", start="2025-01-01", end="null", place="null", value=10):
    return TEXT.format(version=version, start=start, end=end, place=place, value=value)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "limits.yaml").write_text(text())
    return tmp_path


def add(root, name, **changes):
    (root / "room" / f"limits@{name}.yaml").write_text(text(**changes))


def limit(store, place=None, on=date(2026, 6, 1)):
    return store.resolve("room/limits", place, on).body.value("limit")


def test_the_latest_start_on_or_before_the_day(root):
    add(root, "2026", version="2026.1", start="2026-03-01", value=20)
    store = Store(root)
    assert limit(store, on=date(2026, 2, 28)) == 10
    assert limit(store, on=date(2026, 3, 1)) == 20
    with pytest.raises(NotFound, match="没有生效的版本。各版本生效日期：2025-01-01、2026-03-01"):
        limit(store, on=date(2024, 12, 31))


def test_the_last_day_of_effect_is_included(root):
    add(root, "short", version="2026.1", start="2026-03-01", end="2026-03-31", value=20)
    store = Store(root)
    assert limit(store, on=date(2026, 3, 31)) == 20
    assert limit(store, on=date(2026, 4, 1)) == 10


def test_a_place_beats_everyone_and_a_county_its_city(root):
    add(root, "city", version="2025.2", place='"4311"', value=30)
    add(root, "county", version="2025.3", place='"431127"', value=40)
    add(root, "ygt", version="2025.4", place="YGT1", value=50)
    store = Store(root)
    assert limit(store) == 10
    assert limit(store, "431126") == 30
    assert limit(store, "431127") == 40
    assert limit(store, "431127101") == 40
    assert limit(store, ["YGT1", "431127"]) == 50
    assert limit(store, ["YGT2", "431127"]) == 40
    assert reach(["YGT1", "431127101201"]) == ["YGT1", "431127101201", "431127101", "431127", "4311", "43", None]


def test_an_unknown_name_is_told_with_the_nearest(root):
    with pytest.raises(NotFound, match="您是否要写 room/limits"):
        Store(root).resolve("room/limit")


def test_an_override_counts_once_its_stamp_changes(root, monkeypatch):
    approved = []

    def editions():
        from yigongti.kernel.policy.editions import edition
        from yigongti.kernel.policy.loading import load

        return [edition(load(one, "x"), one, "database") for one in approved]

    looks = []
    store = Store(root, Overrides(lambda: looks.append(1) or len(approved), editions))
    assert limit(store, "YGT1") == 10
    approved.append(text(place="YGT1", value=60))
    assert limit(store, "YGT1") == 10
    assert len(looks) == 1, "within five seconds nobody looks again"
    monkeypatch.setattr(module, "LOOK_EVERY", 0.0)
    assert limit(store, "YGT1") == 60


def test_a_broken_file_does_not_stop_a_running_process(root, caplog):
    store = Store(root)
    assert limit(store) == 10
    file = root / "room" / "limits.yaml"
    file.write_text(text(value=1000))
    os.utime(file, ns=(1, 1))
    store.forget()
    assert limit(store) == 10
    assert "超出范围 1–99" in caplog.text


def test_the_hash_is_of_the_content_not_of_the_layout():
    assert content_hash(text()) == content_hash("# 注释\n" + text().replace("title: 限值", "title:   '限值'"))
    assert content_hash(text()) != content_hash(text(value=11))


def test_a_difference_in_words(root):
    add(root, "2026", version="2026.1", start="2026-03-01", value=20)
    store = Store(root)
    before, after = (store.resolve("room/limits", on=day) for day in (date(2026, 1, 1), date(2026, 6, 1)))
    assert [str(change) for change in diff(before, after)] == [
        "修改 version 文件头 的版本：2025.1 → 2026.1",
        "修改 effective 文件头 的生效期：2025-01-01 起 → 2026-03-01 起",
        "修改 limit 限值 的结果：10 天 → 20 天",
    ]
    assert diff(before, before) == []
    assert [(line.key, line.consequence, line.mark_title) for line in outline(after.body)] == [
        ("limit", "20 天", "建议")
    ]
