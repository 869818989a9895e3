"""Tying source identities to residents, a whole load at once."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection

from yigongti.kernel import clock, prepared
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.cases.keys import new_id

from .. import events
from . import candidates, creating, rules, scoring, surviving, weights
from .deciding import Asked, Decided, decide
from .scoring import Scored
from .staging import begin
from .tables import FEW, WHOLE, filled, opened, rows, run, stage

PORTION = 20_000
"""Identities that are tied and committed together, at most: what arrives meanwhile waits so long. Larger ones are
cheaper (a quarter at 60,000 against a million residents) and hold up everybody.
"""
#: an identity whose name, birth date and number are all those of somebody else: the system gave the key away again
GIVEN_AWAY = """
UPDATE index_tied t SET held = NULL, rule = 'key-of-another' FROM residents_resident r
 WHERE r.id = t.held AND t.name <> '' AND t.name <> r.name AND t.pinyin <> r.name_pinyin AND t.born <> r.birth_date
   AND NOT r.birth_estimated AND r.identity_kind NOT IN ('90', '91')
   AND (t.number_index IS NULL OR r.id_number_index IS NULL OR t.number_index <> r.id_number_index)
   AND NOT EXISTS (SELECT 1 FROM residents_residentmerge m WHERE m.survivor_id = r.id AND m.state = 'merged')
"""
ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('residents.index', 0))"
#: whenever twice as many are tied the planner is told: it believes what autovacuum last counted
TOLD = "SELECT residents_analyze()"
#: what is written into a source identity that is tied is in its decision already
DECIDED = "SELECT set_config('pgtrigger.ignore', %s, true)"
TAKE = """
UPDATE index_tied t SET found = f.found, leader = f.leader, rule = f.rule, probability = f.probability,
       match = f.match::jsonb, outcome = CASE WHEN f.found IS NOT NULL THEN 'auto' END
  FROM index_found f WHERE f.identity = t.identity
"""
FOLLOW = """
UPDATE index_tied t SET found = l.found, outcome = 'auto' FROM index_tied l
 WHERE l.identity = t.leader AND t.outcome IS NULL AND t.held IS NULL
"""
TIE = """
UPDATE residents_sourceidentity i SET resident_id = coalesce(t.held, t.found), state = 'linked',
       number_valid = t.valid, name_pinyin = coalesce(t.pinyin, ''),
       identity_kind = CASE WHEN i.id_number IS NULL THEN i.identity_kind ELSE coalesce(nullif(t.kind, ''), '01') END
  FROM index_tied t WHERE t.identity = i.id
"""
DECISIONS = """
INSERT INTO residents_matchdecision (id, identity_id, resident_id, outcome, rule, probability, match, policy_hash,
                                     weights_id, user_name, note, at)
SELECT gen_random_uuid(), t.identity, t.found, t.outcome, coalesce(t.rule, ''), t.probability, t.match, %s, %s::bigint,
       '', '', %s
  FROM index_tied t WHERE t.found IS NOT NULL
"""
QUESTIONS = """
INSERT INTO index_questions (id, identity, resident, candidate, rule, probability, match)
SELECT DISTINCT ON (i.id, candidate) a.id, i.id AS identity, i.resident_id AS resident, candidate, a.rule,
       a.probability, a.match::jsonb AS match
  FROM index_asked_pairs a JOIN residents_sourceidentity i ON i.id = a.identity
  LEFT JOIN residents_sourceidentity o ON o.id = a.other
  CROSS JOIN LATERAL (SELECT coalesce(a.resident, o.resident_id) AS candidate) c
 WHERE candidate <> i.resident_id
   AND NOT EXISTS (SELECT 1 FROM residents_matchreview r
                    WHERE r.identity_id = i.id AND r.candidate_id = candidate AND (r.closed_at IS NULL
                       OR r.state = 'different' AND r.resident_id = i.resident_id))
 ORDER BY i.id, candidate, a.probability DESC
"""
ASK = (
    """INSERT INTO residents_matchdecision (id, identity_id, resident_id, outcome, rule, probability, match,
                                            policy_hash, weights_id, user_name, note, at)
    SELECT id, identity, candidate, 'review', rule, probability, match, %s, %s::bigint, '', '', %s
      FROM index_questions""",
    """INSERT INTO residents_matchreview (id, identity_id, resident_id, candidate_id, state, decision_id, probability,
                                          opened_at)
    SELECT id, identity, resident, candidate, 'open', id, probability, %s FROM index_questions
    ON CONFLICT DO NOTHING""",
    "UPDATE residents_sourceidentity SET state = 'review' WHERE id IN (SELECT identity FROM index_questions)",
)


@dataclass(frozen=True)
class Tied:
    """What came of a load: identities tied to known residents, new residents, identities with an open question.

    ``residents`` are those who were touched. Every identity has a resident afterwards, so that its rows can be stored;
    a question may later join two of them.
    """

    identities: int
    linked: int
    created: int
    review: int


def tie(identities: Iterable[UUID] | None = None) -> Tied:
    """Tie these source identities (None: all in state ``new``) to residents; part of the caller's transaction, if any.

    Without one, a load commits in portions: ended in the middle it goes on with those that are still ``new``.

    Rules first, then weights; who is nobody gets a resident of their own. An identity that has a resident keeps it
    (a new version of what the system says), and the resident's fields follow. Doing it twice changes nothing.
    """
    asked = None if identities is None else set(identities)
    whole, told = Tied(0, 0, 0, 0), FEW
    for portion in _portions(asked):
        with acting(SYSTEM):
            prepared.run(ALONE, [])
            with opened(_waiting() if portion is None else len(portion)):
                count = begin(portion)
                done = _tied(count) if count else Tied(0, 0, 0, 0)
        whole = Tied(*(sum(parts) for parts in zip(astuple(whole), astuple(done), strict=True)))
        if whole.identities >= 2 * told and not connection.in_atomic_block:
            told = whole.identities
            run(TOLD)
    return whole


def _portions(asked: set[UUID] | None) -> Iterator[set[UUID] | None]:
    """A load that nobody's transaction holds together commits in portions: what arrives meanwhile waits for one."""
    if connection.in_atomic_block or (asked is not None and len(asked) <= PORTION):
        yield asked
        return
    if asked is None:
        with acting(SYSTEM):
            asked = {row[0] for row in rows("SELECT id FROM residents_sourceidentity WHERE state = 'new'")}
    keys = sorted(asked)
    for start in range(0, len(keys), PORTION):
        yield set(keys[start : start + PORTION])


def _waiting() -> int:
    """How many wait, if they are no whole load; :data:`WHOLE` otherwise."""
    found = prepared.run(
        "SELECT count(*) FROM (SELECT FROM residents_sourceidentity WHERE state = 'new' LIMIT %s) waiting", [WHOLE]
    )
    return int(found[0][0][0])


def _point() -> None:
    """The identities point to their residents; whoever keeps theirs, without a decision, is audited."""
    prepared.run(DECIDED, [_unaudited()])
    run(f"{TIE} AND t.held IS NULL")
    prepared.run(DECIDED, ["{}"])
    if rows("SELECT 1 FROM index_tied WHERE held IS NOT NULL LIMIT 1"):
        run(f"{TIE} AND t.held IS NOT NULL")


@cache
def _unaudited() -> str:
    """The decision says what the audit of the tied column would; the identity itself is audited as before."""
    from ..sources import SourceIdentity

    [trigger] = [t for t in SourceIdentity._meta.triggers if t.name == "audited_update"]  # type: ignore[attr-defined]
    return "{" + str(trigger.get_pgid(SourceIdentity)) + "}"


def _tied(count: int) -> Tied:
    if rows("SELECT 1 FROM index_tied WHERE held IS NOT NULL LIMIT 1"):
        run(GIVEN_AWAY)
    rules.decide()
    scorer, digest, made = weights.current()
    decided = Decided()
    if candidates.find():
        decided = decide(scorer, scoring.score(scorer))
        _take(decided)
    created = creating.create()
    run(FOLLOW)
    touched = [
        row[0]
        for row in rows(
            "SELECT DISTINCT coalesce(held, found) FROM index_tied WHERE outcome IS DISTINCT FROM 'created'"
        )
    ]
    _point()
    moment = clock.now()
    run(DECISIONS, [digest, made, moment])
    review = _ask(decided.asked, digest, made, moment)
    if touched:
        surviving.survive(touched)
    linked = rows("SELECT count(*) FROM index_tied WHERE outcome IS DISTINCT FROM 'created'")[0][0]
    events.residents_tied(linked=linked, created=created, review=review)
    return Tied(count, linked, created, review)


def _take(decided: Decided) -> None:
    lines: dict[UUID, list[Any]] = {}
    for identity, pair in decided.linked.items():
        lines[identity] = [identity, pair.resident, None, *_told(pair)]
    for member, head in decided.leaders.items():
        if member in lines:
            continue
        joined = decided.joined.get(member)
        told = _told(joined) if joined else ("same-person-in-load", None, None)
        lines[member] = [member, decided.known.get(head), head if head != member else None, *told]
    for head, resident in decided.known.items():
        lines.setdefault(head, [head, resident, None, "same-person-in-load", None, None])
    if stage("index_found", lines.values()):
        run(TAKE)


def _told(pair: Scored) -> tuple[str, float, str]:
    return pair.match.rule, pair.match.probability, json.dumps(pair.match.as_dict(), ensure_ascii=False)


def _ask(asked: list[Asked], digest: str, made: int | None, moment: Any) -> int:
    if not asked:
        return 0
    stage(
        "index_asked_pairs",
        (
            (new_id(), one.pair.identity, one.pair.resident, one.pair.other, one.rule, *_told(one.pair)[1:])
            for one in asked
        ),
    )
    run(QUESTIONS)
    filled("index_questions")
    run(ASK[0], [digest, made, moment])
    run(ASK[1], [moment])
    run(ASK[2])
    return int(rows("SELECT count(DISTINCT identity) FROM index_questions")[0][0])
