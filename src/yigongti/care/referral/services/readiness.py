"""可以下转: the down criteria over everyone in care, and what the doctor makes of what they say."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import duckdb
from django.db import connection

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.duck import connect
from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy.shapes import SQL_TYPES

from .. import criteria, incare, rules
from ..criteria import Criteria, Suggestion
from ..findings import FINDING
from ..models import Decision, Readiness, Referral
from .proposing import shown

#: so few rows are judged one by one: the same rules, without a column store
FEW = 8
ARROW = {"number": "float64", "boolean": "bool_", "text": "string", "date": "date32"}

STORE = """
INSERT INTO referral_readiness AS r
       (referral_id, criteria, proposals, assessed_at, found_at, scanned_at, dismissed, quiet)
SELECT n.referral, ARRAY(SELECT jsonb_array_elements_text(n.criteria)), n.proposals, n.assessed_at, %(now)s, %(now)s,
       '{}', false
  FROM jsonb_to_recordset(%(rows)s::jsonb)
       AS n(referral uuid, criteria jsonb, proposals jsonb, assessed_at timestamptz)
    ON CONFLICT (referral_id) DO UPDATE
   SET criteria = excluded.criteria, proposals = excluded.proposals, assessed_at = excluded.assessed_at,
       scanned_at = excluded.scanned_at,
       quiet = r.dismissed_at IS NOT NULL AND excluded.criteria <@ r.dismissed
               AND coalesce(excluded.assessed_at <= r.dismissed_at, true)
 WHERE r.scanned_at <= excluded.scanned_at
"""


def rescan(only: Sequence[UUID] | None = None) -> int:
    """Judge everyone in care (or some referrals) anew and keep what fires; returns for how many something does.

    A scan that read earlier never overwrites one that read later. Three statements, whatever the number.
    """
    now = clock.now()
    with acting(SYSTEM):
        found = {p.referral: (p, said) for p, said in judged(incare.patients(only)) if said}
        gone = Readiness.objects.filter(scanned_at__lte=now).exclude(pk__in=list(found))
        (gone if only is None else gone.filter(pk__in=list(only))).delete()
        if found:
            rows = [
                {
                    "referral": str(referral),
                    "criteria": [one.key for one in said],
                    "proposals": [shown(one) for one in said],
                    "assessed_at": patient.assessed_at.isoformat() if patient.assessed_at else None,
                }
                for referral, (patient, said) in found.items()
            ]
            with connection.cursor() as cursor:
                cursor.execute(STORE, {"rows": json.dumps(rows), "now": now})
        return len(found)


def judged(patients: Sequence[incare.Patient]) -> Iterable[tuple[incare.Patient, list[Suggestion]]]:
    """Each patient with the down criteria that fire, those of the same places together."""
    by_places: dict[tuple[str, ...], list[incare.Patient]] = {}
    for patient in patients:
        by_places.setdefault(patient.places, []).append(patient)
    for places, together in by_places.items():
        held = criteria.criteria(place=list(places) or None)
        yield from (_one_by_one if len(together) <= FEW else _as_columns)(held, together)


def _one_by_one(
    held: Criteria, patients: Sequence[incare.Patient]
) -> Iterable[tuple[incare.Patient, list[Suggestion]]]:
    red, down = held.only("up", "red"), held.only("down")
    for patient in patients:
        fired = [at for at, row in patient.moments.items() if red.suggest(row)]
        yield patient, down.suggest(patient.finding(max(fired, default=None)))


def _as_columns(
    held: Criteria, patients: Sequence[incare.Patient]
) -> Iterable[tuple[incare.Patient, list[Suggestion]]]:
    """Two queries over all: when a red criterion last fired, and which down criteria do."""
    red, down = held.only("up", "red"), held.only("down")
    moments = [(number, at, row) for number, p in enumerate(patients) for at, row in p.moments.items()]
    with connect(threads=1) as store:
        last: dict[int, datetime] = {}
        for (place,) in _fired(store, red, [row for _, _, row in moments], keep="key"):
            number, at, _ = moments[place]
            last[number] = max(at, last.get(number, at))
        rows = [patient.finding(last.get(number)) for number, patient in enumerate(patients)]
        fired = dict(_fired(store, down, rows, keep="key, fired"))
    for number, patient in enumerate(patients):
        yield patient, down.explained(fired.get(number, ()), rows[number])


def _fired(store: duckdb.DuckDBPyConnection, held: Criteria, rows: list[dict], keep: str) -> list[tuple]:
    import pyarrow as pa  # only the worker needs it

    if not rows:
        return []
    typed = [FINDING.row(row, held.columns) for row in rows]
    families = {name: FINDING.columns[name].family for name in held.columns}
    assert set(families.values()) <= SQL_TYPES.keys()
    columns = {
        name: pa.array([row[name] for row in typed], getattr(pa, ARROW[family])()) for name, family in families.items()
    }
    table = pa.table({"key": pa.array(range(len(rows)), pa.int32()), **columns})
    return held.scan(store.from_arrow(table), ["key"]).project(keep).fetchall()


def dismiss_down(actor: Actor, *, referral_id: UUID, reason: str, note: str = "") -> Readiness:
    """Not down yet, for a reason: quiet until a new criterion fires or the patient is assessed anew."""
    with acting(actor):
        case, standing = _standing(actor, referral_id)
        rules.check_reason("dismiss-down", reason, note, case.places)
        for proposed in standing.proposals:
            _decide(actor, case, proposed, Decision.Verdict.DISMISSED, reason, note)
        standing.dismissed, standing.dismissed_at, standing.quiet = standing.criteria, clock.now(), True
        standing.save(update_fields=["dismissed", "dismissed_at", "quiet"])
        return standing


def change_down(actor: Actor, *, referral_id: UUID, reason: str, note: str = "") -> Decision:
    """Down, but otherwise than proposed, for a reason; the plan follows."""
    with acting(actor):
        case, standing = _standing(actor, referral_id)
        rules.check_reason("change", reason, note, case.places)
        return _decide(actor, case, standing.proposals[0], Decision.Verdict.CHANGED, reason, note)


def followed(case: Referral, actor: Actor) -> None:
    """The patient went down while a suggestion stood: the new case keeps it, and that it was followed."""
    standing = Readiness.objects.filter(pk=case.pk).first()
    if standing is None:
        return
    proposed = standing.proposals[0]
    new = Referral.objects.filter(basis=case, direction=Referral.Direction.DOWN, closed_at=None)
    new.update(proposal=proposed)
    changed = Decision.objects.filter(referral=case, verdict=Decision.Verdict.CHANGED, at__gte=standing.found_at)
    if not changed.exists():
        _decide(actor, case, proposed, Decision.Verdict.ACCEPTED)
    standing.delete()


def _standing(actor: Actor, referral_id: UUID) -> tuple[Referral, Readiness]:
    """The case and what is suggested, for who treats there. Raises NotFound, Forbidden."""
    found = Readiness.objects.select_related("referral").filter(pk=referral_id).first()
    if found is None:
        raise NotFound("这条下转建议现在不成立（数据已更新或已处理）", hint="请刷新页面")
    case = found.referral
    actor.require(Permission.REFERRAL_TREAT, case.handler_organization_id or case.counterpart_organization_id)
    return case, found


def _decide(
    actor: Actor, case: Referral, proposed: dict, verdict: Decision.Verdict, reason: str = "", note: str = ""
) -> Decision:
    organization = case.handler_organization_id or case.counterpart_organization_id
    assert organization is not None
    return Decision.objects.create(
        resident_id=case.resident_id,
        criterion=f"{proposed['policy']}#{proposed['rule']}",
        policy_hash=proposed["hash"],
        proposed=proposed,
        verdict=verdict,
        reason=reason,
        note=note,
        referral=case,
        organization_id=organization,
        user_id=actor.user_id,
    )
