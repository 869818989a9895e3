"""What proves something, and the report as files."""

from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Forbidden, YigongtiError
from yigongti.kernel.ui.files import attachment
from yigongti.kernel.ui.view import ActorView

from .. import evidence, filing, services


class AddEvidence(ActorView):
    """A file that proves something."""

    title, permission = "上传佐证材料", Permission.EVALUATION_ANSWER

    def post(self, request: HttpRequest, answer_id: UUID) -> HttpResponse:
        """Keep the file."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        answer = services.access_answer(actor, answer_id)
        item = request.POST.get("item", "")
        try:
            evidence.add(actor, case=answer, item=item, file=request.FILES.get("file"))
            messages.success(request, "材料已上传。")
        except Forbidden:
            raise
        except YigongtiError as error:
            messages.error(request, f"{error.message}{'。' + error.hint if error.hint else ''}")
        return HttpResponseRedirect(f"{answer.get_absolute_url()}#{quote(item)}")


class EvidenceFile(ActorView):
    """The file itself."""

    title, permission = "佐证材料", staticmethod(services.concerned)

    def get(self, request: HttpRequest, answer_id: UUID, evidence_id: int) -> HttpResponse:
        """To save."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        answer = services.access_answer(actor, answer_id)
        paper, content = evidence.fetch(actor, case=answer, evidence_id=evidence_id)
        return attachment(content, paper.name, paper.media_type)


class MakeReport(ActorView):
    """Make the report as PDF and Word."""

    title, permission = "生成考核报告", Permission.EVALUATION_CONDUCT

    def post(self, request: HttpRequest, case_id: UUID) -> HttpResponse:
        """Make both and keep them."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        case = services.access_evaluation(actor, case_id)
        try:
            filing.make(actor, case=case)
            messages.success(request, "报告已生成。")
        except Forbidden:
            raise
        except YigongtiError as error:
            messages.error(request, f"{error.message}{'。' + error.hint if error.hint else ''}")
        return HttpResponseRedirect(case.get_absolute_url())


class ReportFile(ActorView):
    """A report as it was made."""

    title, permission = "考核报告", staticmethod(services.concerned)

    def get(self, request: HttpRequest, case_id: UUID, report_id: int) -> HttpResponse:
        """To save."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        case = services.access_evaluation(actor, case_id)
        found = filing.report_of(actor, case=case, report_id=report_id)
        return attachment(bytes(found.content), f"{case.title}.{found.kind}", filing.TYPES[found.kind])
