"""Every command that answers something answers programs too."""

from collections.abc import Iterator
from typing import Any

import typer

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
