"""Clocks, reasons, checklists, the gate and settings of the referral room, as its code asks for them."""

import re
from datetime import date, timedelta

import pytest

from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy.bodies import duration, in_chinese
from yigongti.kernel.policy.outline import outline
from yigongti.kernel.policy.store import folder, read_folder, resolve, store

DAY = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def files_only(monkeypatch):
    monkeypatch.setattr(store(), "overrides", None)


def body(name):
    return resolve(f"referral/{name}", on=DAY).body


@pytest.mark.parametrize(
    ("span", "minutes", "words"),
    [("15m", 15, "15 分钟"), ("1h30m", 90, "1 小时 30 分钟"), ("3d", 4320, "3 天"), ("1d12h", 2160, "1 天 12 小时")],
)
def test_spans(span, minutes, words):
    assert duration(span) == timedelta(minutes=minutes)
    assert in_chinese(span).split() == words.split()


@pytest.mark.parametrize(
    ("step", "urgency", "limit", "warn"),
    [
        ("accept", "red", timedelta(minutes=15), timedelta(minutes=10)),
        ("accept", "yellow", timedelta(hours=2), timedelta(minutes=90)),
        ("accept", "green", timedelta(days=1), timedelta(hours=20)),
        ("down-accept", "green", timedelta(days=1), timedelta(hours=20)),
        ("first-contact", "green", timedelta(days=3), timedelta(days=2)),
        ("follow-up", "red", timedelta(days=14), timedelta(days=10)),
    ],
)
def test_clocks(step, urgency, limit, warn):
    clock = body("clocks").clock(step, urgency)
    assert (clock.due, clock.warning) == (limit, warn)


def test_an_unknown_clock_is_told_with_the_nearest():
    with pytest.raises(NotFound, match="您是否要写 accept"):
        body("clocks").clock("acept")


def test_the_peers_figures_are_not_shown_as_official():
    clocks = body("clocks")
    source = clocks.source_of(clocks.steps["accept"])
    assert "非官方规定" in source.document


def test_reasons():
    reasons = body("reasons")
    assert len(reasons.choices("up")) == 7
    assert reasons.reason("decline", "no-capacity").needs_note
    with pytest.raises(NotFound, match="没有理由列表 declin"):
        reasons.choices("declin")
    with pytest.raises(NotFound, match="里没有 nope"):
        reasons.reason("decline", "nope")


def test_checklists_by_department():
    checklists = body("checklists")
    assert checklists.for_department("胸痛中心").id == "chest-pain"
    assert checklists.for_department("眼科").id == "general"


def test_the_gate():
    gate = body("quality-gate")
    enough = {part.id: part.minimum for part in gate.parts}
    assert gate.shortfalls(enough, direction="up", urgency="yellow") == []
    short = gate.shortfalls({**enough, "summary": 49}, direction="up", urgency="yellow")
    assert [(one.message, one.blocking) for one in short] == [("病情摘要应不少于 50 字，现有 49 字", True)]
    in_a_hurry = gate.shortfalls({**enough, "summary": 0, "consent": 0}, direction="up", urgency="red")
    assert [one.blocking for one in in_a_hurry] == [False, False]
    assert any(one.part == "completeness" for one in gate.shortfalls({}, direction="up", urgency="green"))
    down = gate.shortfalls({**enough, "drug_plan": 0, "results": 0}, direction="down", urgency="green")
    assert [one.part for one in down] == ["drug_plan"]


def test_settings():
    assert body("options").value("own_review") == "none"
    assert body("priorities").value("kinds") == ["clinic", "consultation", "exam", "bed"]
    with pytest.raises(NotFound, match="您是否要写 maximum_redirects"):
        body("options").value("maximum_redirect")


def test_codes_of_settings_are_told_in_words():
    lines = {line.key: line for line in outline(body("options"))}
    assert (lines["own_review"].consequence, lines["own_review"].codes) == ("不审核", "none")
    assert lines["own_review"].condition == "可选 不审核、审核普通和优先的、全部审核"
    assert lines["own_review_tiers"].consequence == "村（站）级"
    assert lines["destination_order"].consequence == "签约机构、责任网格的机构、最近的机构"


def test_every_code_of_a_shipped_setting_has_words():
    raw = [
        (edition.name, line.key, line.consequence)
        for edition in read_folder(folder())[0]
        if edition.body.kind == "settings"
        for line in outline(edition.body)
        if re.search("[a-z]{3}", line.consequence + line.condition)
    ]
    assert raw == []
