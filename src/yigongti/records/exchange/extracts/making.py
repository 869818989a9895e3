"""Make an approved extract: read, shape, check, pack, encrypt; or say why nothing can be released."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import duckdb

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.errors import Conflict, NotFound
from yigongti.kernel.jobs.declaration import Work

from ..bench import in_words, lock, opened
from . import pseudonyms, texts, vault
from .binding import create_steps, create_tables
from .deidentifying import Outcome, deidentify, rule_of
from .models import Extract
from .packing import pack
from .policies import ExtractPolicy
from .population import gather, load
from .steps import approved_policy
from .workflow import Extraction

MEMORY = "800MB"


def make(case_id: UUID, work: Work) -> Extract:
    """Make it, whole or not at all; a case that is not being made (any more) is left alone. Raises Conflict."""
    with acting(SYSTEM):
        case = Extract.objects.select_related("recipient").filter(pk=case_id).first()
        if case is None:
            raise NotFound("没有这件申请")
        if case.state != Extraction.making.name or not case.secret:
            return case
        policy = approved_policy(case)
        try:
            with opened(MEMORY) as bench:
                _made(bench, case, policy, work)
        except duckdb.Error as error:
            message, hint = in_words(error)
            raise Conflict(message, hint=hint or "请核对数据规则") from error
        return Extract.objects.get(pk=case_id)


def _made(bench: duckdb.DuckDBPyConnection, case: Extract, policy: ExtractPolicy, work: Work) -> None:
    total = len(policy.reads) + 4
    work.advance(0, total, "确定人群")
    people = gather(case, policy)
    create_tables(bench, policy)
    read = {}
    for number, (title, rows) in enumerate(load(bench, case, policy), 1):
        read[title] = rows
        work.advance(number, total, f"读取{title}")
    lock(bench)
    assert case.secret
    pseudonyms.install(bench, case.secret)
    work.advance(total - 3, total, "整理")
    create_steps(bench, policy)
    work.advance(total - 2, total, "检查")
    outcome = deidentify(bench, case, policy)
    Extract.objects.filter(pk=case.pk).update(report=report(case, policy, outcome, people, read))
    if not outcome.query:
        advance(SYSTEM, Extraction, case.pk, "fall_short", {"note": texts.why_short(case, policy, outcome)})
        return
    work.advance(total - 1, total, "打包加密")
    content, digest, rows = pack(bench, case, policy, outcome)
    data = {"rows": rows, "suppressed": outcome.last.suppressed, "digest": digest, "size": len(content)}
    advance(SYSTEM, Extraction, case.pk, "finish", data)
    note(SYSTEM, Entry.Action.EXPORT, subject="extracts:made", subject_id=str(case.pk), number=case.number, rows=rows)
    vault.keep(case.pk, content)


def report(case: Extract, policy: ExtractPolicy, outcome: Outcome, people: int, read: dict[str, int]) -> dict[str, Any]:
    """What the check found, as the case keeps it. Of a table no counts that would tell a small cell by subtraction."""
    rule, last = rule_of(case, policy), outcome.last
    attempts = [_attempt(one, outcome, hide=policy.form == "table") for one in outcome.attempts]
    return {
        "form": policy.form,
        "k": rule.k,
        "most": str(Decimal(rule.most)),
        "diverse": list(rule.diverse),
        "at_least": rule.at_least,
        "people": people,
        "read": read,
        "attempts": attempts,
        "holds": last.holds,
        "joined": outcome.joined,
        "histogram": [] if policy.form == "table" else outcome.histogram,
        "levels": dict(last.levels),
    }


def _attempt(one: Any, outcome: Outcome, *, hide: bool) -> dict[str, Any]:
    told = one.told()
    titles = {column.name: column for column in outcome.columns}
    told["steps"] = [
        {"title": titles[name].title, "words": texts.becomes(titles[name], level)} for name, level in one.levels.items()
    ]
    told["coarsened"] = titles[one.coarsened].title if one.coarsened else ""
    return told | ({"rows": None, "suppressed": None} if hide else {})
