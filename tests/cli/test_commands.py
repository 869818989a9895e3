"""Every command that answers something answers programs too."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from yigongti.cli import app
from yigongti.cli.screen import progress

#: processes that run until they are stopped, and Django's own commands
RUNNING = {"mllp", "up", "demo", "worker", "manage"}


def commands(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield name, command
        return
    for key, one in command.commands.items():
        yield from commands(one, f"{name} {key}".strip())


def test_every_command_answers_in_json() -> None:
    found = dict(commands(typer.main.get_command(app)))
    assert {"check", "backup", "restore", "audit verify", "keys create", "terminology starter"} <= set(found)
    silent = [
        name
        for name, command in found.items()
        if name not in RUNNING and not any("--json" in parameter.opts for parameter in command.params)
    ]
    assert silent == []


def test_a_bar_knows_how_much_there_is_or_says_that_nobody_does() -> None:
    with progress() as advance:
        advance("装入", 1, 4)
        advance("备份（MB）", 12, 0)
        advance("装入", 4, 4)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("warehouse tidy", "没有命令 tidy"),
        ("indicators run --perod 2026", "没有选项 --perod"),
        ("indicators run --period", "选项 --period 后面要写值"),
        ("indicators explain", "缺少 code"),
        ("indicators list extra", "多出的参数：extra"),
        ("indicators restated --limit 0", "--limit：应不小于 1"),
        ("indicators restated --limit many", "--limit：应是数字"),
        ("indicators check --definitions /nowhere", "--definitions：没有 /nowhere"),
        (f"indicators check --definitions {__file__}", "是文件，应为文件夹"),
        ("link a.csv --engine flink", "--engine：没有 flink，可用 'duckdb', 'spark'"),
    ],
)
def test_a_wrong_call_is_told_in_chinese(line: str, said: str) -> None:
    answer = CliRunner().invoke(app, line.split())
    assert answer.exit_code == 2
    assert said in answer.output
    assert "--help" in answer.output


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("link a.csv --memory many", "--memory many 不是内存的大小"),
        ("indicators list --set nosuch", "没有指标集 nosuch"),
        ("indicators run --level planet", "没有层次 planet"),
        ("indicators run --period 2026Q9", "没有时期 2026Q9"),
        ("indicators run --out /nowhere/at/all.csv", "不能写 /nowhere/at/all.csv"),
        ("indicators run --out results.xls", "不认识 .xls"),
        ("indicators diff {here} {here}", "不是指标的结果文件"),
    ],
)
def test_what_cannot_be_done_is_told_with_the_way_out(line: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    answer = CliRunner().invoke(app, line.format(here=tmp_path / "empty.csv").split())
    assert answer.exit_code == 1
    assert said in answer.output
