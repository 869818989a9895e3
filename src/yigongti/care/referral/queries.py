"""Reads of the referral room: work lists, registers, one case."""

from datetime import timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.models import Case, CaseEvent
from yigongti.kernel.cases.worklists import owed, pressing_first, visible
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.windows import Windows
from yigongti.registry.organizations.models import Organization

from .models import Referral
from .workflow import DownReferral, UpReferral

#: what a row or a page shows of the sides, in the same statement
SIDES = ("home_organization", "counterpart_organization", "owner_organization", "owner_user", "department")
#: what a row of a list needs; the record's excerpt, letters and plans stay where they are
ROW = (
    *(field.name for field in Case._meta.get_fields()),
    *("resident_name", "resident_sex", "resident_birth_date", "direction", "disease", "diagnosis", "department"),
    *("handler_organization", "signed_organization", "encounter", "basis", "diagnosis_code"),
    *("appointment_at", "appointment_place", "arrived_at", "care_kind", "outcome_code", "follow_up_on"),
    *(f"{side}__{name}" for side in SIDES[:3] for name in ("name", "short_name", "tier")),
    *("owner_user__name", "department__name"),
)


def listed(found: QuerySet[Referral]) -> QuerySet[Referral]:
    """Referrals as rows of a list: with their sides, without what only the case's own page shows."""
    return found.select_related(*SIDES).only(*ROW)


#: rows of the lists of a page
ROWS: Windows[Referral] = Windows(lambda: listed(Referral.objects.all()))


def referrals(actor: Actor) -> QuerySet[Referral]:
    """Every referral that the actor may read by name, newest first."""
    return listed(readable(actor)).order_by("-opened_at")


def readable(actor: Actor) -> QuerySet[Referral]:
    """The referrals of the organisations where the actor reads referrals; elsewhere there are counts only."""
    return visible(actor, Referral, Permission.REFERRAL_READ)


def access_referral(actor: Actor, referral_id: UUID) -> Referral:
    """One referral within the actor's reach. Raises NotFound."""
    extra = ("handler_organization", "referring_doctor", "attending_doctor", "signed_organization", "basis")
    found = readable(actor).select_related(*SIDES, *extra).filter(pk=referral_id).first()
    if found is None:
        raise NotFound("没有找到这份转诊，或者它不在您的权限范围内", hint="请从工作列表重新打开")
    return found


def events_of(case: Referral) -> list[CaseEvent]:
    """What happened to a case, oldest first."""
    return list(CaseEvent.objects.filter(case_id=case.pk).order_by("sequence"))


def organization_names(ids: set[int]) -> dict[int, str]:
    """Names for a timeline."""
    return {o.pk: str(o) for o in Organization.objects.filter(pk__in=ids)}


def to_do(actor: Actor) -> QuerySet[Referral]:
    """Every referral whose next step is owed by a desk of the actor."""
    return listed(owed(actor, Referral))


def to_accept(actor: Actor) -> QuerySet[Referral]:
    """Waiting for the referral office, by urgency and time left."""
    return listed(owed(actor, Referral, Permission.REFERRAL_ACCEPT))


def _received(actor: Actor) -> QuerySet[Referral]:
    """Open referrals up that the actor's offices have received, or handle for a hospital outside."""
    where = actor.organizations(Permission.REFERRAL_ACCEPT, Permission.REFERRAL_TREAT)
    mine = Q(counterpart_organization_id__in=where) | Q(handler_organization_id__in=where)
    return listed(Referral.objects.filter(mine, closed_at=None, workflow=UpReferral.name))


def slot_problems(actor: Actor) -> QuerySet[Referral]:
    """Accepted without a time and not urgent, past the time and not arrived, or not come: someone must call."""
    late = Q(state=UpReferral.accepted.name, appointment_at__lt=clock.now() - timedelta(hours=1))
    untimed = Q(state=UpReferral.accepted.name, appointment_at=None) & ~Q(priority="red")
    return pressing_first(_received(actor).filter(late | untimed | Q(state=UpReferral.no_show.name)))


def arriving_today(actor: Actor) -> QuerySet[Referral]:
    """Accepted for today, or to come at once: those first, then by time."""
    midnight = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
    today = Q(appointment_at__gte=midnight, appointment_at__lt=midnight + timedelta(days=1))
    at_once = Q(appointment_at=None, priority="red")
    return (
        _received(actor)
        .filter(today | at_once, state=UpReferral.accepted.name)
        .order_by(F("appointment_at").asc(nulls_first=True), "pk")
    )


def sent(actor: Actor) -> QuerySet[Referral]:
    """What the actor's organisations sent and is still open: whoever blocks is on the row."""
    where = actor.organizations(Permission.REFERRAL_SUBMIT, Permission.REFERRAL_TREAT)
    return pressing_first(listed(Referral.objects.filter(home_organization_id__in=where, closed_at=None)))


def to_receive(actor: Actor) -> QuerySet[Referral]:
    """Patients who come back down: to receive, or to see for the first time."""
    states = [DownReferral.submitted.name, DownReferral.accepted.name]
    return to_do(actor).filter(workflow=DownReferral.name, state__in=states)


def to_treat(actor: Actor) -> QuerySet[Referral]:
    """Waiting for the specialist, or in care."""
    return listed(owed(actor, Referral, Permission.REFERRAL_TREAT))


def overdue(actor: Actor) -> QuerySet[Referral]:
    """Past their deadline at an organisation of the actor."""
    late = readable(actor).filter(closed_at=None, due_at__lt=clock.now())
    return listed(late).order_by("due_at", "pk")


def ready(actor: Actor) -> QuerySet[Referral]:
    """In care and, by the down criteria, able to go down; without those dismissed. The longest known first."""
    found = to_treat(actor).filter(state=UpReferral.in_care.name, readiness__quiet=False)
    return cared(found).order_by("readiness__found_at", "pk")


def cared(found: QuerySet[Referral]) -> QuerySet[Referral]:
    """Referrals as rows of a list, with what the down criteria say of the patient."""
    known = ("proposals", "found_at", "assessed_at", "quiet")
    return found.select_related("readiness", *SIDES).only(*ROW, *(f"readiness__{name}" for name in known))


#: rows of the lists of who is in care
CARE: Windows[Referral] = Windows(lambda: cared(Referral.objects.all()))
