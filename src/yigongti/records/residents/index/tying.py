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
from .staging import Staged, begin
from .tables import AUDITED, FEW, WHOLE, filled, opened, rows, run

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
RETURNING t.identity
"""
ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('residents.index', 0))"
#: whenever twice as many are tied the planner is told: it believes what autovacuum last counted
TOLD = "SELECT residents_analyze()"
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
  FROM index_tied t{besides} WHERE t.identity = i.id {which} RETURNING coalesce(t.held, t.found), t.found, t.outcome
"""
#: what is written into a source identity that is tied is in its decision already
UNAUDITED = "WITH unaudited AS MATERIALIZED (SELECT set_config('pgtrigger.ignore', %s, true))"
NEW = f"{UNAUDITED} {TIE.format(besides=' CROSS JOIN unaudited', which='AND t.held IS NULL')}"
HELD = TIE.format(besides="", which="AND t.held IS NOT NULL")
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
                staged = begin(portion)
                done = _tied(staged) if staged.identities else Tied(0, 0, 0, 0)
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


def point(held: int, others: int) -> list[tuple[UUID, UUID | None, str | None]]:
    """The identities point to their residents; whoever keeps theirs, without a decision, is audited. Returns for each
    the resident, the one who was found, and what was decided.
    """
    return [*(rows(HELD) if held else ()), *(rows(NEW, [_unaudited()]) if others else ())]


@cache
def _unaudited() -> str:
    """The decision says what the audit of the tied column would; the identity itself is audited as before."""
    from ..sources import SourceIdentity

    [trigger] = [t for t in SourceIdentity._meta.triggers if t.name == "audited_update"]  # type: ignore[attr-defined]
    return "{" + str(trigger.get_pgid(SourceIdentity)) + "}"


def _tied(staged: Staged) -> Tied:
    held = staged.held - {row[0] for row in rows(GIVEN_AWAY)} if staged.held else staged.held
    others = len(staged.identities) - len(held)
    left = others - rules.decide(staged.mothers)
    scorer, digest, made = weights.current()
    decided = Decided()
    if (held or left) and (pairs := candidates.find(len(staged.identities) > 1)):
        decided = decide(scorer, scoring.score(scorer, pairs), held)
        left -= _take(decided)
    created = creating.create(staged.identities) if left else 0
    if decided.leaders:
        run(FOLLOW)
    pointed, moment = point(len(held), others), clock.now()
    if any(found for _, found, _ in pointed):
        run(DECISIONS, [digest, made, moment])
    review = _ask(decided.asked, digest, made, moment)
    linked = [resident for resident, _, outcome in pointed if outcome != "created"]
    if linked:
        surviving.survive(linked)
    events.residents_tied(linked=len(linked), created=created, review=review)
    return Tied(len(pointed), len(linked), created, review)


def _take(decided: Decided) -> int:
    """Returns how many it says something of."""
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
    return run(TAKE, index_found=lines.values()) if lines else 0


def _told(pair: Scored) -> tuple[str, float, str]:
    return pair.match.rule, pair.match.probability, json.dumps(pair.match.as_dict(), ensure_ascii=False)


def _ask(asked: list[Asked], digest: str, made: int | None, moment: Any) -> int:
    if not asked:
        return 0
    pairs = [
        (new_id(), one.pair.identity, one.pair.resident, one.pair.other, one.rule, *_told(one.pair)[1:])
        for one in asked
    ]
    run(AUDITED)
    run(QUESTIONS, index_asked_pairs=pairs)
    filled("index_questions")
    run(ASK[0], [digest, made, moment])
    run(ASK[1], [moment])
    return run(ASK[2])
