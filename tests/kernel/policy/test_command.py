"""``yigongti policy``: what it prints, what a program reads, and the exit codes."""

import json

import pytest
from typer.testing import CliRunner

from yigongti.kernel.policy.command import app
from yigongti.kernel.policy.store import folder, store

RUN = CliRunner()


@pytest.fixture(autouse=True)
def files_only(monkeypatch):
    monkeypatch.setattr(store(), "overrides", None)


def test_check():
    result = RUN.invoke(app, ["check"])
    assert (result.exit_code, "0 处错误" in result.output) == (0, True)
    assert json.loads(RUN.invoke(app, ["check", "--json"]).output)["ok"] is True


def test_check_of_a_wrong_file(tmp_path):
    file = tmp_path / "wrong.yaml"
    file.write_text((folder() / "referral/copd.yaml").read_text().replace("spo2 < 90", "sp02 < 90"))
    result = RUN.invoke(app, ["check", str(file), "--json"])
    problem = json.loads(result.output)["problems"][0]
    assert result.exit_code == 1
    assert (problem["line"], problem["key"], problem["allowed"].split("？")[0]) == (
        20,
        "rules[1].when",
        "您是否要写 spo2",
    )


def test_list_and_show():
    names = [one["policy"] for one in json.loads(RUN.invoke(app, ["list", "--json"]).output)]
    assert "referral/hypertension" in names
    assert "referral/hypertension" in RUN.invoke(app, ["list"]).output
    assert "高血压上转标准" in RUN.invoke(app, ["show", "referral/hypertension"]).output
    shown = json.loads(RUN.invoke(app, ["show", "referral/hypertension", "--on", "2026-06-01", "--json"]).output)
    crisis = next(line for line in shown["statements"] if line["key"] == "crisis-value")
    assert (crisis["condition"], crisis["mark"]) == ("收缩压 ≥ 180 mmHg 或 舒张压 ≥ 110 mmHg", "S")


@pytest.mark.parametrize("name", ["clocks", "reasons", "checklists", "quality-gate", "priorities", "options", "down"])
def test_every_kind_can_be_shown(name):
    result = RUN.invoke(app, ["show", f"referral/{name}"])
    assert result.exit_code == 0, result.output


def test_diff(tmp_path):
    file = tmp_path / "hypertension.yaml"
    text = (folder() / "referral/hypertension.yaml").read_text()
    file.write_text(text.replace("when: sbp >= 180 or dbp >= 110\n", "when: sbp >= 170 or dbp >= 110\n"))
    result = RUN.invoke(app, ["diff", "referral/hypertension", str(file), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.output) == [
        {
            "what": "修改",
            "key": "crisis-value",
            "name": "血压危急：收缩压≥180 和（或）舒张压≥110 mmHg",
            "field": "条件",
            "before": "收缩压 ≥ 180 mmHg 或 舒张压 ≥ 110 mmHg",
            "after": "收缩压 ≥ 170 mmHg 或 舒张压 ≥ 110 mmHg",
        }
    ]
    same = RUN.invoke(app, ["diff", "referral/clocks@2026.1", "referral/clocks"])
    assert (same.exit_code, "内容相同" in same.output) == (0, True)


def test_handbook(tmp_path):
    assert RUN.invoke(app, ["handbook", str(tmp_path)]).exit_code == 0
    assert "无变化" in RUN.invoke(app, ["handbook", str(tmp_path)]).output
    assert (tmp_path / "index.md").exists()
