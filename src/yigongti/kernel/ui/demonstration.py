"""The accounts of the demonstration, as coloured cards on the login page. Only in demo mode."""

import json
from dataclasses import dataclass

from yigongti.config import configuration

FILE = "demo-accounts.json"


@dataclass(frozen=True)
class DemoAccount:
    """One account: who it is, where, and what it can do. ``hue`` is 0–7."""

    username: str
    password: str
    name: str
    role: str
    organization: str = ""
    does: str = ""
    hue: int = 0


def demo_accounts() -> list[DemoAccount]:
    """The accounts that the demonstration wrote to ``HOME/demo-accounts.json``, in its order."""
    config = configuration()
    file = config.home / FILE
    if config.mode != "demo" or not file.is_file():
        return []
    known = DemoAccount.__dataclass_fields__
    found = json.loads(file.read_text(encoding="utf-8"))
    accounts = [DemoAccount(**{name: value for name, value in item.items() if name in known}) for item in found]
    hues = {role: number % 8 for number, role in enumerate(dict.fromkeys(item.role for item in accounts))}
    return [DemoAccount(**{**vars(item), "hue": hues[item.role]}) for item in accounts]


def write_demo_accounts(accounts: list[DemoAccount]) -> None:
    """What the demonstration calls when its accounts exist."""
    file = configuration().home / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([vars(item) for item in accounts], ensure_ascii=False, indent=1), encoding="utf-8")
    file.chmod(0o600)
