"""The report of an evaluation as files: made of what all may see, kept with the digest of the scores it reports."""

import hashlib
from uuid import UUID

from yigongti.insight.results import scope
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.errors import Conflict, NotFound

from .models import Evaluation, Report
from .printing import paper, word
from .sight import sight

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def make(actor: Actor, *, case: Evaluation, kinds: tuple[str, ...] = ("pdf", "docx")) -> list[Report]:
    """Make and keep the report in each format. Raises Conflict before there are scores."""
    actor.require(Permission.EVALUATION_CONDUCT, case.home_organization_id)
    if not case.digest:
        raise Conflict("还没有得分，不能生成报告")
    with acting(actor):
        told = sight(case, scope.PUBLIC)
        makers = {"pdf": paper.made, "docx": word.made}
        return [_kept(actor, case, kind, makers[kind](case, told)) for kind in kinds]


def _kept(actor: Actor, case: Evaluation, kind: str, content: bytes) -> Report:
    digest = hashlib.sha256(content).hexdigest()
    return Report.objects.create(
        evaluation=case,
        kind=kind,
        content=content,
        size=len(content),
        digest=digest,
        scores=case.digest,
        made_by=actor.user_id,
    )


def report_of(actor: Actor, *, case: Evaluation, report_id: int) -> Report:
    """A report: for the conductor, and once it is published for all who take part; noted as an export. NotFound."""
    allowed = actor.may(Permission.EVALUATION_CONDUCT, case.home_organization_id) or case.is_published
    with acting(actor):
        found = Report.objects.filter(evaluation=case, pk=report_id).first() if allowed else None
        if found is None:
            raise NotFound("没有这份报告")
        note(
            actor,
            Entry.Action.EXPORT,
            subject="evaluation:file",
            subject_id=str(UUID(str(case.pk))),
            number=case.number,
        )
        return found
