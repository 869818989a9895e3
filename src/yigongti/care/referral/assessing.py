"""病情评估: what the treating doctor is asked, how it is kept, and what going down makes of the suggestion."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import QuerySet

from yigongti.kernel import clock, prepared
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.errors import Invalid
from yigongti.records.health_record.models import Condition, Encounter, Observation
from yigongti.records.health_record.observations import ASSESSED, ASSESSMENT
from yigongti.records.health_record.registers import register_of
from yigongti.records.health_record.services.encounters import measurements

from . import criteria, observed, schemas, steps
from .findings import FINDING

if TYPE_CHECKING:
    from .models import Referral

SOURCE = "referral-assessment"
#: asked of everyone, each with an answer of its own
ASKED = ("condition_stable", "plan_settled")
MEASURED = ("sbp", "dbp", "fasting_glucose")


def offered(case: "Referral") -> list[tuple[str, str]]:
    """What the down criteria in force read besides, for this patient: code and Chinese words.

    A criterion that can no longer fire for the disease, the age and the level of the hospital asks nothing; one that a
    consortium adds asks at once.
    """
    return _offered(case, registers(case))


def _offered(case: "Referral", mine: set[str]) -> list[tuple[str, str]]:
    there = case.counterpart_organization
    known: dict[str, Any] = {column: name in mine for name, column in observed.REGISTERS.items()}
    known |= {"age": observed.years(case.resident_birth_date, clock.today()), "tier": there.tier if there else None}
    down = criteria.criteria(place=list(case.places) or None).only("down")
    row = FINDING.row(known, down.columns)
    read = {name for one in down.criteria if one.rule.holds(row) is not False for name in one.rule.columns}
    return [(item.code, item.name) for item in ASSESSMENT if item.code in read and item.code not in ASKED]


def registers(case: "Referral") -> set[str]:
    """The chronic registers of the patient, with that of the referral's diagnosis."""
    return _with_own(case, set(_standing(case).values_list("register", flat=True)))


def _standing(case: "Referral") -> QuerySet[Condition]:
    found = Condition.objects.in_force().filter(resident=case.resident_id).exclude(register="")
    return found.exclude(status=Condition.Status.RESOLVED)


def _with_own(case: "Referral", known: set[str]) -> set[str]:
    return known | ({register_of(case.diagnosis_code), case.disease} - {"", "other"})


def assess(case: "Referral", actor: Actor, data: schemas.Assessment) -> None:
    """Keep the answers coded in the record; the news of the step has the criteria judged anew (:mod:`.watching`)."""
    known = prepared.read(registers=_standing(case).values("register"), stay=_stay(case).values("pk")[:1])
    asked = {code for code, _ in _offered(case, _with_own(case, {row["register"] for row in known["registers"]}))}
    if unknown := set(data.present) - asked:
        raise Invalid(f"没有这一项评估：{'、'.join(sorted(unknown))}", field="present")
    values: dict[str, object] = {code: int(getattr(data, code) == "yes") for code in ASKED}
    values |= {code: int(code in data.present) for code in sorted(asked)}
    values |= {code: value for code in MEASURED if (value := getattr(data, code)) is not None}
    _, writes = measurements(
        actor,
        resident_id=case.resident_id,
        values=values,
        organization_id=hospital(case),
        encounter=next((UUID(row["pk"]) for row in known["stay"]), None),
        source=SOURCE,
        source_key=f"{case.pk.hex}:{case.version}",
    )
    case.besides.extend(writes)


def hospital(case: "Referral") -> int | None:
    """Where the patient is treated, or who keeps the record for a house outside."""
    return case.handler_organization_id or case.counterpart_organization_id


def _stay(case: "Referral") -> QuerySet[Encounter]:
    """The contact with the hospital that the record has of this case, if the hospital has sent it."""
    here = Encounter.objects.in_force().filter(resident=case.resident_id, organization=hospital(case))
    since = case.arrived_at or case.entered_at
    return here.filter(started_at__gte=since, started_at__lte=clock.now()).order_by("started_at")


def hand_down(case: "Referral", actor: Actor, data: schemas.Plan) -> None:
    """Down with a plan; a suggestion that stands is kept with the new case as followed."""
    from .services.readiness import followed

    steps.hand_down(case, actor, data)
    followed(case, actor)


def last(case: "Referral") -> dict[str, Any]:
    """What was answered the last time, for the form and the page; empty before the first. One statement."""
    since = case.arrived_at or case.entered_at
    found = Observation.objects.in_force().filter(
        resident=case.resident_id, source=SOURCE, code__in=sorted(ASSESSED), effective_at__gte=since
    )
    rows = list(found.order_by("code", "-effective_at").distinct("code").select_related("practitioner"))
    if not rows:
        return {}
    newest = max(rows, key=lambda row: row.effective_at)
    return {
        "at": newest.effective_at,
        "by": newest.practitioner.name if newest.practitioner else "",
        "answers": {row.code: bool(row.value) for row in rows},
    }
