"""Long work for tests, and a process of its own that runs it."""

import os
import subprocess
import sys
import time
from pathlib import Path

from django.db import connections

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import Conflict
from yigongti.kernel.jobs.declaration import Outcome, Work, job
from yigongti.kernel.notices.services import notify

RUNNER = """
import os, sys, django
django.setup()
import jobs_of_tests
from uuid import UUID
from yigongti.kernel.jobs.running import run
run(UUID(sys.argv[1]))
"""


@job("test.count", title="数数")
def count(actor: Actor, work: Work, *, to: int, slow: float = 0.0, mark: str = "") -> Outcome:
    """An effect first (a notice to oneself), then counting, slowly where a test wants to interrupt it."""
    assert actor.user_id
    notify(users=[actor.user_id], title=f"效果{mark}")
    for number in range(1, to + 1):
        work.advance(number, to, "数")
        time.sleep(slow)
    return Outcome(f"数到 {to}", {"to": to}, b"1,2,3", "数.csv", "text/csv")


@job("test.refuse", title="不行")
def refuse(actor: Actor, work: Work) -> Outcome:
    """Is refused, after an effect."""
    notify(users=[actor.user_id or 0], title="效果")
    raise Conflict("数据有变化", hint="请重来")


@job("test.break", title="出错")
def broken(actor: Actor, work: Work) -> Outcome:
    """Has a bug."""
    raise ZeroDivisionError


def runner(job_id: object) -> subprocess.Popen[bytes]:
    """A process that runs one job on the tests' database."""
    url = connections["default"].settings_dict
    assert url["NAME"]
    paths = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "yigongti.site.settings", "PYTHONPATH": paths}
    return subprocess.Popen([sys.executable, "-c", RUNNER, str(job_id)], env=environment)
