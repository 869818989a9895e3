"""A wrong file is refused with file, line, key, and what is allowed there; nothing wrong passes."""

import pytest

import yigongti.care.referral.findings  # noqa: F401 - registers a shape with consequences
from yigongti.kernel.policy.loading import load
from yigongti.kernel.policy.problems import PolicyRefused
from yigongti.kernel.policy.store import read_folder

HEAD = """\
policy: room/name
kind: rules
version: 2026.10
effective: {from: 2026-01-01, to: null}
title: 测试
source: {document: 文件, mark: D}
shape: referral_finding
rules:
  - id: high
    name: 血压高
    when: sbp >= 180
    then: {direction: up, urgency: red, level: county, department: 急诊科, reason: 血压很高}
"""


def refused(text: str) -> list[tuple[int, str, str, str]]:
    with pytest.raises(PolicyRefused) as error:
        load(text, "room/name.yaml")
    assert all(problem.file == "room/name.yaml" for problem in error.value.problems)
    return [(problem.line, problem.key, problem.message, problem.allowed) for problem in error.value.problems]


def changed(old: str, new: str) -> str:
    assert old in HEAD
    return HEAD.replace(old, new)


def test_a_sound_file_is_taken_as_written():
    policy = load(HEAD, "room/name.yaml")
    assert policy.version == "2026.10"
    assert policy.compiled.evaluate({"sbp": 180})[0].id == "high"


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "says", "allowed"),
    [
        ("kind: rules", "kind: ruels", 2, "kind", "没有 ruels 这种政策", "您是否要写 rules"),
        ("kind: rules\n", "", 1, "kind", "缺少 kind", "可用：alarms、checklist"),
        ("kind: rules", "kind: [rules]", 2, "kind", "没有 ['rules'] 这种政策", "rules"),
        ("title: 测试", f"title: {'[' * 3000}{']' * 3000}", 5, "", "层层相套太深", "最多"),
        (
            "when: sbp >= 180",
            f"when: {'(' * 3000}sbp >= 1{')' * 3000}",
            11,
            "rules[1].when",
            "层层相套太深",
            "分成几条",
        ),
        ("when: sbp >= 180", f"when: sbp >= 1{' or sbp >= 1' * 3000}", 11, "rules[1].when", "层层相套太深", "分成几条"),
        ("when: sbp >= 180", "when: sbp >= 1e300", 11, "rules[1].when", "数太大", "应小于"),
        ("title: 测试", "titel: 测试", 5, "titel", "不认识的键 titel", "您是否要写 title"),
        ("version: 2026.10", "version: v1", 3, "version", "v1 写法不对", "格式"),
        ("from: 2026-01-01", "from: 2026-13-01", 4, "effective.from", "应是日期", ""),
        ("to: null", "to: 2025-01-01", 4, "effective", "早于生效日期", ""),
        ("mark: D", "mark: X", 6, "source.mark", "不能是 X", "可用：D、GK、S"),
        ("mark: D", "mark: S", 6, "source", "必须在 stored 写明公开来源", ""),
        ("source: {document: 文件, mark: D}\n", "", 8, "rules[1]", "没有来源", "在这一项或文件头写 source"),
        (
            "shape: referral_finding",
            "shape: referal_finding",
            7,
            "shape",
            "没有名为 referal_finding",
            "referral_finding",
        ),
        ("when: sbp", "when: sbpp", 11, "rules[1].when", "没有字段 sbpp", "您是否要写 sbp？"),
        ("when: sbp >= 180", "when: sbp >= 'high'", 11, "rules[1].when", "不能放在一起比较", ""),
        ("when: sbp >= 180", "when: sbp + 1", 11, "rules[1].when", "条件的结果应是“是否”，这里是数", ""),
        ("when: sbp >= 180", "when: floor(sbp) = 1", 11, "rules[1].when", "不能使用 floor", "lower"),
        ("when: sbp >= 180", "when: pg_sleep(9) = 1", 11, "rules[1].when", "不能使用 pg_sleep", "可用：abs"),
        ("when: sbp >= 180", "when: select 1", 11, "rules[1].when", "不能使用 select", "可用：abs"),
        ("when: sbp >= 180", "when: sbp > 1; drop table x", 11, "rules[1].when", "只是一个表达式", ""),
        ("when: sbp >= 180", "when: sbp >= ", 11, "rules[1].when", "条件写法有误", "例如 sbp >= 180"),
        ("when: sbp >= 180", "when: sbp in (select 1)", 11, "rules[1].when", "in 后面应是括号里的值", ""),
        ("when: sbp >= 180", "when: x.sbp > 1", 11, "rules[1].when", "字段前不能带表名", "写成 sbp"),
        ("when: sbp >= 180", "when: sbp ~ 1", 11, "rules[1].when", "不能使用", "可用：abs"),
        ("when: sbp >= 180", "when: sbp::text = 'a'", 11, "rules[1].when", "不能转换类型", ""),
        ("when: sbp >= 180", "when: tier like sex", 11, "rules[1].when", "like 后面应是引号里的文字", ""),
        ("urgency: red", "urgency: rde", 12, "rules[1].then.urgency", "不能是 rde", "您是否要写 red"),
        ("urgency: red, ", "", 12, "rules[1].then.urgency", "缺少 urgency", ""),
        (
            "department: 急诊科",
            "departement: 急诊科",
            12,
            "rules[1].then.departement",
            "不认识的键 departement",
            "您是否要写 department",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(old, new, line, key, says, allowed):
    found = refused(changed(old, new))
    assert any(
        at == line and where == key and says in message and allowed in hint for at, where, message, hint in found
    ), found


def test_every_mistake_is_told_at_once():
    text = (
        changed("when: sbp", "when: sbpp")
        .replace("urgency: red", "urgency: rde")
        .replace("title: 测试", "title: 测试\ntitle: 又")
    )
    assert [line for line, *_ in refused(text)] == [6, 12, 13]


def test_a_key_twice_an_alias_and_broken_yaml():
    assert refused(HEAD + "title: 又\n")[0][:3] == (13, "title", "键 title 写了两次")
    assert refused(changed("title: 测试", "title: &a 测试\nsummary: *a"))[0][2] == "不能使用别名（*）"
    assert "不是有效的 YAML" in refused("a: [\n")[0][2]
    assert "键: 值" in refused("- a\n")[0][2]
    assert refused(HEAD + "  - id: high\n    name: 又一条\n    when: sbp > 1\n    then: {}\n")[-1][:2] != (0, "")


def test_words_that_yaml_1_1_takes_for_booleans_stay_words():
    text = changed("title: 测试", "title: 测试\nsources: {no: {document: 挪威, mark: GK}}")
    assert load(text, "room/name.yaml").sources["no"].document == "挪威"


def test_a_named_source_with_an_item():
    text = changed("title: 测试", "title: 测试\nsources: {spec: {document: 规范, mark: GK}}")
    with_source = text.replace("when: sbp >= 180", "when: sbp >= 180\n    source: spec#危急")
    policy = load(with_source, "room/name.yaml")
    assert str(policy.source_of(policy.rules[0])) == "规范 危急〔通识〕"
    problem = refused(text.replace("when: sbp >= 180", "when: sbp >= 180\n    source: sepc"))[0]
    assert (problem[2], "您是否要写 spec" in problem[3]) == ("文件头的 sources 里没有 sepc", True)


def test_two_files_for_one_day_are_refused(tmp_path):
    (tmp_path / "room").mkdir()
    for name in ("name.yaml", "name@again.yaml"):
        (tmp_path / "room" / name).write_text(HEAD)
    _, problems = read_folder(tmp_path)
    assert [(problem.file, problem.key) for problem in problems] == [("room/name@again.yaml", "effective.from")]


def test_a_file_declares_the_policy_of_its_path(tmp_path):
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "other.yaml").write_text(HEAD)
    _, problems = read_folder(tmp_path)
    assert "此文件应为 room/other" in str(problems[0])
