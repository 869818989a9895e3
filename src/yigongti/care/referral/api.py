"""Referrals over REST: the list, one with its form, proposals, beginning up and down, dismissal, statistics.

The steps of a begun referral answer under ``/api/up-referrals/{id}/<step>`` and ``/api/down-referrals/{id}/<step>``
(:mod:`yigongti.kernel.cases.api`); what a step may be filled with, under ``/api/referrals/{id}/choices/<step>``.
"""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Header, Query, Router, Status

from yigongti.care.referral import queries, services
from yigongti.care.referral.choices import choices_for
from yigongti.care.referral.filters import ReferralFilter
from yigongti.care.referral.models import Referral
from yigongti.care.referral.representations import (
    DecisionOut,
    DismissalIn,
    DownIn,
    NotDownIn,
    OptionOut,
    ReadyOut,
    ReferralFullOut,
    ReferralsIn,
    ReferralsOut,
    StatisticsOut,
    SuggestionOut,
    UpIn,
    brief,
    full,
)
from yigongti.care.referral.statistics import DIMENSIONS, MEASURES, RATES, period, tallies
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.cases.advance import Outcome
from yigongti.kernel.cases.api import KEY
from yigongti.kernel.errors import Invalid, NotFound

router = Router(tags=["双向转诊"])


def may(*permissions: Permission) -> Any:
    """Declare who may call; the access test reads it."""

    def declare(view: Any) -> Any:
        view.permission = permissions
        return view

    return declare


@router.get("", response=ReferralsOut, summary="列出转诊")
@may(Permission.REFERRAL_READ)
def referrals(
    request: HttpRequest,
    given: Query[ReferralsIn],
) -> dict[str, Any]:
    """Every referral that the caller may read, by the filters of the register."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    actor.require(Permission.REFERRAL_READ)
    asked = given.model_dump(exclude={"number", "after", "limit"}) | {"who": given.number}
    narrowed = ReferralFilter(asked, queryset=queries.referrals(actor).order_by("-opened_at", "-pk"))
    if not narrowed.is_valid():
        raise Invalid("筛选条件不对", fields={name: " ".join(said) for name, said in narrowed.form.errors.items()})
    rows = list(_after(narrowed.qs, given.after)[: given.limit + 1])
    more = rows[given.limit - 1].pk if len(rows) > given.limit else None
    return {"items": [brief(case, actor) for case in rows[: given.limit]], "next": more}


def _after(rows: QuerySet[Referral], last: UUID | None) -> QuerySet[Referral]:
    """The rows below one that the caller has."""
    if last is None:
        return rows
    opened = Referral.objects.filter(pk=last).values_list("opened_at", flat=True).first()
    if opened is None:
        raise NotFound("after 不是一份可以查看的转诊", hint="请用上一页的 next")
    return rows.filter(Q(opened_at__lt=opened) | Q(opened_at=opened, pk__lt=last))


@router.get("/statistics", response=StatisticsOut, summary="转诊统计")
@may(Permission.REFERRAL_STATISTICS)
def statistics(request: HttpRequest, since: date | None = None, until: date | None = None) -> dict[str, Any]:
    """Counts and rates in all, by member, disease, month and urgency."""
    first, last = period(since, until)
    table = tallies(request.actor, first, last)  # type: ignore[attr-defined]
    lines = [
        {
            "dimension": dimension,
            "value": value.isoformat()[:7] if isinstance(value, date) else value,
            "direction": way,
            "counts": tally.counts,
            "rates": {
                key: {
                    "value": None if (share := tally.rate(key)) is None else str(share),
                    "numerator": tally[rate.numerator],
                    "denominator": tally[rate.denominator],
                }
                for key, rate in RATES.items()
                if rate.applies(way)
            },
        }
        for dimension in ("all", *DIMENSIONS)
        for value, ways in table[dimension].items()
        for way, tally in ways.items()
    ]
    return {"since": first, "until": last, "lines": lines}


@router.get("/definitions", response=dict[str, Any], summary="统计口径")
@may(Permission.REFERRAL_STATISTICS)
def definitions(request: HttpRequest) -> dict[str, Any]:
    """What each count and rate means."""
    request.actor.require(Permission.REFERRAL_STATISTICS)  # type: ignore[attr-defined]
    return {
        "counts": {m.key: {"title": m.title, "meaning": m.meaning, "sql": m.sql} for m in MEASURES.values()},
        "rates": {
            r.key: {"title": r.title, "numerator": r.numerator, "denominator": r.denominator, "mark": r.mark}
            for r in RATES.values()
        },
    }


@router.get("/proposals", response=list[SuggestionOut], summary="某人的转诊建议")
@may(Permission.REFERRAL_READ)
def proposals(
    request: HttpRequest, resident_id: UUID, encounter_id: Annotated[UUID | None, Query(description="本次就诊")] = None
) -> list[dict[str, Any]]:
    """What the criteria in force say about a resident now, most urgent first; looking is recorded."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = services.propose(actor, resident_id=resident_id, encounter_id=encounter_id)
    reading(actor, resident_id=resident_id, page="api:proposals")
    return [{**services.shown(s), "criterion": f"{s.policy}#{s.rule}"} for s in found]


@router.post("/dismissals", response={201: DecisionOut}, summary="不采纳转诊建议")
@may(Permission.REFERRAL_SUBMIT)
def dismiss(request: HttpRequest, data: DismissalIn) -> Status:
    """Keep why a proposal is not followed."""
    return Status(201, services.dismiss(request.actor, **data.model_dump()))  # type: ignore[attr-defined]


@router.get("/ready", response=list[ReadyOut], summary="可以下转的在诊病人")
@may(Permission.REFERRAL_TREAT)
def ready(request: HttpRequest) -> list[dict[str, Any]]:
    """Who in the caller's care can go down by the criteria, without those dismissed; the longest known first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    actor.require(Permission.REFERRAL_TREAT)
    return [
        {
            "referral_id": case.pk,
            "number": case.number,
            "resident_id": case.resident_id,
            "found_at": case.readiness.found_at,
            "assessed_at": case.readiness.assessed_at,
            "proposals": [{**one, "criterion": f"{one['policy']}#{one['rule']}"} for one in case.readiness.proposals],
        }
        for case in queries.ready(actor)[:200]
    ]


@router.post("/{uuid:referral_id}/not-down", response={204: None}, summary="不采纳下转建议")
@may(Permission.REFERRAL_TREAT)
def not_down(request: HttpRequest, referral_id: UUID, data: NotDownIn) -> Status:
    """Keep why; quiet until a new criterion fires or the patient is assessed anew."""
    services.dismiss_down(request.actor, referral_id=referral_id, **data.model_dump())  # type: ignore[attr-defined]
    return Status(204, None)


@router.post("/up", response={200: ReferralFullOut, 201: ReferralFullOut}, summary="发起上转")
@may(Permission.REFERRAL_SUBMIT)
def begin_up(
    request: HttpRequest,
    response: HttpResponse,
    data: UpIn,
    key: Annotated[UUID | None, Header(alias=KEY)] = None,
) -> Status:
    """A draft filled from the record (201), or the open referral of the same disease (200)."""
    outcome = services.begin_up(request.actor, key=key, **data.model_dump())  # type: ignore[attr-defined]
    return begun(request, response, outcome)


@router.post("/down", response={200: ReferralFullOut, 201: ReferralFullOut}, summary="发起下转")
@may(Permission.REFERRAL_TREAT)
def begin_down(
    request: HttpRequest,
    response: HttpResponse,
    data: DownIn,
    key: Annotated[UUID | None, Header(alias=KEY)] = None,
) -> Status:
    """A plan with its destination found (201), or the open referral of the same disease (200)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    outcome = services.begin_down(
        actor,
        resident_id=data.resident_id,
        basis=queries.access_referral(actor, data.basis_id) if data.basis_id else None,
        disease=data.disease,
        plan=data.plan,
        send=data.send,
        key=key,
    )
    return begun(request, response, outcome)


def begun(request: HttpRequest, response: HttpResponse, outcome: Outcome) -> Status:
    """The referral that was begun, or the one that stood already."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if outcome.repeated:
        response["Idempotency-Replayed"] = "true"
    case = queries.access_referral(actor, outcome.case.pk)
    response["ETag"] = f'"{case.version}"'
    return Status(200 if outcome.repeated else 201, full(case, actor))


@router.get("/{uuid:referral_id}", response=ReferralFullOut, summary="查看一份转诊")
@may(Permission.REFERRAL_READ)
def referral(request: HttpRequest, response: HttpResponse, referral_id: UUID) -> ReferralFullOut:
    """One referral with its form; looking is recorded."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    actor.require(Permission.REFERRAL_READ)
    case = queries.access_referral(actor, referral_id)
    reading(actor, resident_id=case.resident_id, page="api:referral", case=case.number)
    response["ETag"] = f'"{case.version}"'
    return full(case, actor)


@router.get("/{uuid:referral_id}/choices/{slug:step}", response=dict[str, list[OptionOut]], summary="某一步可选的内容")
@may(Permission.REFERRAL_READ)
def choices(request: HttpRequest, referral_id: UUID, step: str) -> dict[str, list[dict[str, Any]]]:
    """The lists that the fields of a step are filled from, by the name that the schema gives them."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    actor.require(Permission.REFERRAL_READ)
    case = queries.access_referral(actor, referral_id)
    declared = case.flow.steps.get(step)
    if declared is None:
        raise NotFound(f"没有“{step}”这一步", hint="可用：" + "、".join(case.flow.steps))
    lists = choices_for(declared.asks, case)
    return {name: [{"value": value, "title": title} for value, title in options] for name, options in lists.items()}
