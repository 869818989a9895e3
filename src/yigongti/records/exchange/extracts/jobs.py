"""Approved extracts are made in the background; who waits is told what came of it."""

from typing import Any
from uuid import UUID

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.events.outbox import consumer
from yigongti.kernel.jobs import services as jobs
from yigongti.kernel.jobs.declaration import Outcome, Work, job
from yigongti.kernel.notices.services import Telling, holding, tell

from .making import make
from .models import Extract

KIND = "extracts.make"


@job(KIND, title="生成去标识化数据")
def make_extract(actor: Actor, work: Work, *, extract: str) -> Outcome:
    """Read, check, pack, encrypt."""
    case = make(UUID(extract), work)
    if case.state == "short":
        return Outcome(f"{case.number} 检查未通过：{case.answer}")
    return Outcome(f"{case.number} 共 {case.rows:,} 行", {"rows": case.rows, "digest": case.digest})


@consumer("extract.approve", "extract.again")
def begin(payload: dict[str, Any]) -> None:
    """An approved extract is made as soon as the approval is committed; told twice, it is made once."""
    with acting(SYSTEM):
        case = Extract.objects.filter(pk=UUID(payload["case"]), state="making").first()
        if case is None:
            return
        begun = jobs.start(
            SYSTEM,
            KIND,
            title=f"生成去标识化数据 {case.number}",
            subject=str(case.pk),
            link=case.get_absolute_url(),
            extract=str(case.pk),
        )
        Extract.objects.filter(pk=case.pk).update(job=begun.pk)


def _tell(payload: dict[str, Any], title: str, *, users: bool = False, desk: Permission | None = None) -> None:
    with acting(SYSTEM):
        case = Extract.objects.get(pk=UUID(payload["case"]))
        keeper = case.counterpart_organization_id
        tell(
            [
                Telling(
                    title=f"{case.number} {title}",
                    text=case.title,
                    link=case.get_absolute_url(),
                    key=f"extract:{payload['event']}",
                    users=[case.requested_by_id, case.recipient_id] if users else (),
                    desks=[(keeper, holding(desk))] if desk and keeper else (),
                )
            ]
        )


@consumer("extract.open")
def asked(payload: dict[str, Any]) -> None:
    """The data office has something to prepare."""
    _tell(payload, "待准备", desk=Permission.EXTRACT_PREPARE)


@consumer("extract.prepare")
def prepared(payload: dict[str, Any]) -> None:
    """Somebody has something to approve."""
    _tell(payload, "待批准", desk=Permission.EXTRACT_APPROVE)


@consumer("extract.finish")
def ready(payload: dict[str, Any]) -> None:
    """It can be fetched."""
    _tell(payload, "可以下载了", users=True)


@consumer("extract.fall_short")
def short(payload: dict[str, Any]) -> None:
    """The check did not hold: the data office may change the population."""
    _tell(payload, "检查未通过", users=True, desk=Permission.EXTRACT_PREPARE)


@consumer("extract.refuse")
def refused(payload: dict[str, Any]) -> None:
    """It is not given."""
    _tell(payload, "不予提供", users=True)
