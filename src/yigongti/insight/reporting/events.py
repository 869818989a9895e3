"""Who is told what; accepted values go to the store of results. Told twice, everything happens once."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.events.outbox import consumer
from yigongti.kernel.notices.services import Desk, Telling, holding, tell

from . import published
from .models import Report
from .workflow import Reporting

FLOW = Reporting.name
#: step → the words, and whether they are for who reports or who reviews
NEWS = {
    "open": ("请填报", "home"),
    "urge": ("催报：请尽快填报", "home"),
    "submit": ("待审核", "counterpart"),
    "send_back": ("被退回，请修改", "home"),
    "accept": ("已接受", "home"),
    "ask_correction": ("申请更正，请答复", "counterpart"),
    "allow": ("同意更正，请修改", "home"),
    "deny": ("不同意更正", "home"),
    "demand": ("要求更正，请修改", "home"),
    "excuse": ("本期免报", "home"),
}
PERMISSION = {"home": Permission.INDICATOR_REPORT, "counterpart": Permission.INDICATOR_REVIEW}


@consumer(*(f"{FLOW}.{step}" for step in NEWS))
def tell_them(payload: dict[str, Any]) -> None:
    """The other side, and in the case of a decision whoever entered the values."""
    with acting(SYSTEM):
        event = CaseEvent.objects.get(pk=UUID(payload["event"]))
        report = Report.objects.get(pk=UUID(payload["case"]))
        words, side = NEWS[event.step]
        where = report.home_organization_id if side == "home" else report.counterpart_organization_id
        people = report.authors if side == "home" else []
        _tell(report, payload, words, people, [(where or 0, holding(PERMISSION[side]))], urgent=event.step == "urge")


@consumer(f"{FLOW}.remind", f"{FLOW}.overdue")
def tell_of_time(payload: dict[str, Any]) -> None:
    """Who owes the next step, and whoever is up the ladder."""
    with acting(SYSTEM):
        event = CaseEvent.objects.get(pk=UUID(payload["event"]))
        report = Report.objects.get(pk=UUID(payload["case"]))
        told = event.data
        where = told["owner_organization"]
        desks: list[Desk] = [(where, holding(Permission(told["permission"])))]
        if roles := told.get("roles"):
            desks.append((where, tuple(roles)))
        words = f"{report.flow.states[event.to_state].title}，{'已超时' if event.step == 'overdue' else '将到时限'}"
        _tell(report, payload, words, (), desks)


def _tell(
    report: Report,
    payload: dict[str, Any],
    words: str,
    people: Sequence[int],
    desks: list[Desk],
    *,
    urgent: bool = False,
) -> None:
    title = f"{report.title} {report.period} {words}"
    tell(
        [
            Telling(
                title=title[:64],
                text=f"{report.unit_name}，{report.number}",
                link=report.get_absolute_url(),
                key=f"reporting:{payload['event']}",
                users=people,
                desks=desks,
                urgent=urgent,
            )
        ]
    )


@consumer(f"{FLOW}.accept")
def publish(payload: dict[str, Any]) -> None:
    """The values of the accepted edition stand from now on."""
    with acting(SYSTEM):
        report = Report.objects.filter(pk=UUID(payload["case"]), accepted_edition__gt=0).first()
        if report is not None:
            published.put(report)
