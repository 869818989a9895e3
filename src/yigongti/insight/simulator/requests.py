"""De-identified extracts and objections of the demonstration, taken through the services as people would take them."""

from datetime import timedelta
from typing import Any

from django.db import transaction

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import User
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.events.models import Outbox
from yigongti.kernel.jobs.declaration import Silent
from yigongti.records.exchange.extracts import schemas, services
from yigongti.records.exchange.extracts.making import make
from yigongti.records.exchange.extracts.models import Extract
from yigongti.records.exchange.extracts.workflow import Extraction
from yigongti.records.health_record.models import Condition
from yigongti.records.privacy import services as privacy
from yigongti.records.privacy.models import Objection
from yigongti.records.privacy.workflow import EntryObjection
from yigongti.registry.organizations.models import Organization

ASKS, PREPARES, APPROVES = "weijianwei", "xinxike", "lishihui"
RESIDENT, DOCTOR = "jumin", "quanke"
#: policy, what for, in whose hands it ends
REQUESTS: tuple[tuple[str, str, str, str, str], ...] = (
    ("extract/resident-years", "planning", "测算各乡镇床位和全科医生配置", "规划财务股", "downloaded"),
    ("extract/chronic-months", "evaluation", "评价高血压、糖尿病随访的效果", "基层卫生股", "prepared"),
    ("extract/referral-flows", "planning", "了解县域内外就诊流向", "医政股", "refused"),
)
#: how long ago each was asked for: what waits is not late yet
DAYS_AGO = {"downloaded": 9, "refused": 6, "prepared": 2}


def account(username: str) -> Actor:
    """Somebody of the demonstration."""
    with acting(SYSTEM):
        return User.objects.get(username=username).actor()


def extracts(keeper: Organization) -> list[Extract]:
    """One that was fetched, one that waits for its approval, one that was not given."""
    return [_extract(keeper, *asked) for asked in REQUESTS]


def _extract(keeper: Organization, policy: str, purpose: str, why: str, for_: str, end: str) -> Extract:
    asks, prepares, approves = account(ASKS), account(PREPARES), account(APPROVES)
    first, last = services.period_of(clock.today())
    began = clock.now() - timedelta(days=DAYS_AGO[end])
    with transaction.atomic():
        with clock.travelling(began):
            data = schemas.Request(
                purpose=purpose,
                reason=why,
                used_by=for_,
                keeper=keeper.pk,
                recipient=asks.user_id,
                first=first,
                last=last,
            )
            case = services.request_extract(asks, policy=policy, data=data)
        if end == "refused":
            refusal = {"reason": "statistics", "note": "转诊统计已有按月、按机构的汇总"}
            return _step(prepares, case, "refuse", began + timedelta(hours=30), refusal)
        settled = {"first": first, "last": last, "area": case.area, "k": case.k}
        case = _step(prepares, case, "prepare", began + timedelta(hours=26), settled)
        if end == "prepared":
            return case
        case = _step(approves, case, "approve", began + timedelta(hours=50), {})
        with clock.travelling(began + timedelta(hours=50, minutes=1)):
            case = make(case.pk, Silent())
        if case.state == Extraction.ready.name:
            case = _step(asks, case, "download", began + timedelta(hours=52), {})
        _forget(case)
        return case


def _step(actor: Actor, case: Extract, name: str, at: Any, data: dict[str, Any]) -> Extract:
    with clock.travelling(at):
        done = advance(actor, Extraction, case.pk, name, data).case
    assert isinstance(done, Extract)
    return done


def _forget(case: Extract) -> None:
    """Whoever it concerned read the news of these steps long ago."""
    with acting(SYSTEM):
        Outbox.objects.filter(name__startswith="extract.", payload__case=str(case.pk)).delete()


def objections() -> list[Objection]:
    """One that was answered and waits for the resident, and one that waits for the house that wrote."""
    doctor = account(DOCTOR)
    with acting(SYSTEM):
        user = User.objects.get(username=RESIDENT)
        me = user.actor()
        assert user.resident_id
        assert doctor.organization_id
        resident = user.resident_id
        entries = list(
            Condition.objects.in_force()
            .filter(resident_id=resident, organization_id=doctor.organization_id)
            .order_by("-recorded_at")[:2]
        )
    raised = []
    words = (("我没有听医生说过这个病，请核对", "核对后更正"), ("确诊的日期不对，比这早两年", "请改为实际的日期"))
    for days, entry, (text, wanted) in zip((4, 1), entries, words, strict=False):
        with clock.travelling(clock.now() - timedelta(days=days)):
            raised.append(
                privacy.object_to(
                    me, resident_id=resident, kind="condition", entry_id=entry.pk, text=text, wanted=wanted
                )
            )
    if len(raised) > 1:
        answer = {"reason": "agrees", "note": "已与门诊病历核对，诊断依据齐全，欢迎来院查看原件"}
        with clock.travelling(clock.now() - timedelta(days=2)):
            advance(doctor, EntryObjection, raised[0].pk, "refuse", answer)
    return raised
