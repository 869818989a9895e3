"""The forms of the record that call one command each."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from pydantic import BaseModel, Field

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.errors import Invalid, NotFound
from yigongti.kernel.ui.forms import SchemaForm, form_for
from yigongti.kernel.ui.view import ActorView
from yigongti.records.residents.access import access_resident
from yigongti.records.residents.forms import OfResident, record_url
from yigongti.registry.terminology.queries import search_concepts

from . import queries, services, visit
from .banner import banner
from .branches import ENTRIES
from .models import Encounter
from .observations import CATALOGUE
from .services.documents import KINDS as DOCUMENT_KINDS

WRITE = Permission.RECORD_WRITE
ICD10 = "icd-10"


class OfRecord(OfResident):
    """A form that writes into the record and returns to it."""

    permission = reads = WRITE
    back = staticmethod(record_url)


class RecordVisit(OfRecord):
    """A visit or a follow-up on one screen."""

    title, submit, done = "记录就诊、随访", "保存", "已保存。"
    template_name = "record/visit.html"

    def form_class(self, actor: Any) -> type[SchemaForm]:
        """Fields by what the person is registered for."""
        resident = self.resident(actor)
        registers = {problem.register for problem in queries.problems(resident.pk)}
        codes = self.codes(actor, registers)
        latest = queries.latest_values(resident.pk, codes)
        offered = visit.findings_offered(resident.pk)
        schema = visit.visit_schema(codes, latest, signs=bool(offered))
        form = form_for(schema, {"kinds": Encounter.Kind.choices, "signs": offered})
        return type("VisitForm", (visit.Screen, form), {})

    def codes(self, actor: Any, registers: Iterable[str]) -> list[str]:
        """What may be measured."""
        return visit.codes_for(registers)

    def initial(self, actor: Any) -> dict[str, Any]:
        if self.request.method == "GET":
            reading(actor, resident_id=self.resident_id, page="record:visit")
        asked = self.request.GET.get("kind")
        return {"kind": asked if asked in Encounter.Kind.values else Encounter.Kind.FOLLOW_UP}

    def run(self, actor: Any, data: Any, *, key: str, version: int | None) -> str:
        answers = visit.written(data)
        services.record_encounter(
            actor,
            resident_id=self.resident_id,
            measurements=answers.measurements,
            findings=answers.findings,
            source="page" if key else "",
            source_key=key,
            **answers.content,
        )
        return self.go_to()


class CorrectVisit(RecordVisit):
    """A visit as it should have been written; only those who wrote it may."""

    title, submit, done = "更正就诊记录", "保存更正", "已更正，原记录保留在审计中。"

    def encounter(self, actor: Any) -> Encounter:
        """The visit as it stands."""
        found = Encounter.objects.in_force().filter(pk=self.kwargs["entry_id"], resident=self.resident(actor)).first()
        if found is None:
            raise NotFound("没有找到这次就诊，或者它已被更正、作废", hint="请返回档案，在新的一条上更正")
        return found

    def codes(self, actor: Any, registers: Iterable[str]) -> list[str]:
        """What was measured, besides what is measured now."""
        written = set(self.encounter(actor).observations.in_force().values_list("code", flat=True))
        return [code for code in CATALOGUE if code in written | set(visit.codes_for(registers))]

    def initial(self, actor: Any) -> dict[str, Any]:
        encounter = self.encounter(actor)
        actor.require(WRITE, encounter.organization_id)
        rows = encounter.observations.in_force().filter(value__isnull=False)
        values = {row.code: CATALOGUE[row.code].text(row.value) for row in rows if row.code in CATALOGUE}
        words = ("kind", "started_at", "complaint", "assessment", "advice", "next_due")
        signs = [sign for sign, present in encounter.findings.items() if present is True]
        return {**values, **{name: getattr(encounter, name) for name in words}, "signs": signs}

    def run(self, actor: Any, data: Any, *, key: str, version: int | None) -> str:
        answers = visit.written(data)
        with acting(actor):
            encounter = self.encounter(actor)
            offered = {sign for sign, _ in visit.findings_offered(self.resident_id)}
            kept = {n: value for n, value in encounter.findings.items() if value is not True or n not in offered}
            at = answers.content.pop("started_at") or encounter.started_at
            if at.replace(second=0, microsecond=0) == encounter.started_at.replace(second=0, microsecond=0):
                at = encounter.started_at  # the form shows minutes
            services.correct_visit(
                actor,
                encounter.pk,
                measurements=answers.measurements,
                findings={**kept, **answers.findings},
                started_at=at,
                **answers.content,
            )
        return self.go_to()


class Diagnosis(BaseModel):
    """A line of the problem list."""

    diagnosis: str = Field(title="诊断", max_length=160, description="输入名称、拼音首字母或 ICD-10 编码，从列表中选")
    onset_on: date | None = Field(None, title="发病或确诊日期")


class Diagnose(OfRecord):
    """A diagnosis for the problem list."""

    title, submit, schema, done = "添加诊断", "添加", Diagnosis, "已添加诊断。"

    def form_class(self, actor: Any) -> type[SchemaForm]:
        """With suggestions from the terminology."""
        form = super().form_class(actor)
        form.base_fields["diagnosis"].widget.attrs |= {
            "list": "concepts",
            "hx-post": reverse("record:concepts"),
            "hx-trigger": "input changed delay:200ms",
            "hx-target": "next .y-field-help",
            "hx-sync": "this:replace",
        }
        return form

    def run(self, actor: Any, data: Diagnosis, *, key: str, version: int | None) -> str:
        code, name = coded(data.diagnosis)
        services.diagnose(actor, resident_id=self.resident_id, code=code, name=name, onset_on=data.onset_on)
        return self.go_to()


def coded(text: str) -> tuple[str, str]:
    """Code and name of a diagnosis as it was chosen or typed: ``I10 原发性高血压``. Raises Invalid."""
    found = re.fullmatch(r"\s*([A-Za-z]\d\d[\w.+*]*)\s+(.+?)\s*", text)
    if found:
        return found[1], found[2]
    exact = [concept for concept in search_concepts(ICD10, text.strip(), limit=2) if concept.name == text.strip()]
    if len(exact) == 1:
        return exact[0].code, exact[0].name
    raise Invalid("请从列表中选择诊断", field="diagnosis", hint="例如“I10 原发性高血压”")


class Concepts(ActorView):
    """Diagnoses that fit what is being typed."""

    title, permission = "诊断检索", WRITE

    def post(self, request: HttpRequest) -> HttpResponse:
        """A list for the browser."""
        typed = request.POST.get("diagnosis", "").strip()
        found = search_concepts(ICD10, typed, limit=12) if typed else []
        return render(request, "record/concepts.html", {"found": found})


class Prescription(BaseModel):
    """A drug that the person takes."""

    name: str = Field(title="药品", max_length=128)
    dose: str = Field(title="每次用量", max_length=64, description="例如 5 mg")
    frequency: str = Field(title="频次", max_length=32, description="例如 每日一次")
    route: str = Field("口服", title="途径", max_length=16)
    start: date | None = Field(None, title="开始", description="不填为今天")
    until: date | None = Field(None, title="停用", description="长期用药不填")


class Prescribe(OfRecord):
    """A drug for the list."""

    title, submit, schema, done = "添加用药", "添加", Prescription, "已添加用药。"

    def run(self, actor: Any, data: Prescription, *, key: str, version: int | None) -> str:
        services.prescribe(actor, resident_id=self.resident_id, **data.model_dump())
        return self.go_to()


class Stop(OfRecord):
    """The person no longer takes a drug."""

    title, submit, done, tone = "停用药品", "停用", "已停用。", "danger"

    class schema(BaseModel):  # noqa: N801
        """When."""

        on: date = Field(title="停用日期")

    def initial(self, actor: Any) -> dict[str, Any]:
        return {"on": clock.today()}

    def run(self, actor: Any, data: Any, *, key: str, version: int | None) -> str:
        services.stop_medication(actor, medication_id=self.kwargs["entry_id"], on=data.on)
        return self.go_to()


class AllergyTold(BaseModel):
    """What the person must not get."""

    substance: str = Field(title="过敏原", max_length=128, description=f"问过没有过敏，填“{queries.NO_KNOWN_ALLERGY}”")
    reaction: str = Field("", title="反应", max_length=128)


class RecordAllergy(OfRecord):
    """An allergy, or that there is none."""

    title, submit, schema, done = "登记过敏", "登记", AllergyTold, "已登记。"

    def run(self, actor: Any, data: AllergyTold, *, key: str, version: int | None) -> str:
        services.record_allergy(actor, resident_id=self.resident_id, **data.model_dump())
        return self.go_to()


class VoidReason(BaseModel):
    """Why an entry does not hold."""

    reason: str = Field(title="作废原因", max_length=128, description="例如：录错人；重复录入")


class Void(OfRecord):
    """Declare an entry void."""

    title, submit, schema, done, tone = "作废记录", "作废", VoidReason, "已作废。", "danger"

    def context(self, actor: Any) -> dict[str, Any]:
        effect = "记录保留在审计中，不再出现在档案和统计里；就诊作废时，随它录入的测量和用药一并作废。"
        return {**super().context(actor), "effect": effect}

    def run(self, actor: Any, data: VoidReason, *, key: str, version: int | None) -> str:
        kind = ENTRIES.get(self.kwargs["kind"])
        if kind is None:
            raise Invalid("这种记录不能作废")
        services.void_entry(actor, kind, self.kwargs["entry_id"], reason=data.reason)
        return self.go_to()


class Upload(ActorView):
    """Attach a file to the record."""

    title, permission = "上传文档", WRITE

    def get(self, request: HttpRequest, resident_id: Any) -> HttpResponse:
        """The form."""
        return self.show(request, resident_id, "")

    def post(self, request: HttpRequest, resident_id: Any) -> HttpResponse:
        """Store it, or say what is wrong."""
        actor, given = request.actor, request.FILES.get("content")  # type: ignore[attr-defined]
        try:
            services.attach(
                actor,
                resident_id=resident_id,
                title=request.POST.get("title", "") or (given.name if given else "") or "",
                kind=request.POST.get("kind", ""),
                content=given.read() if given else b"",
            )
        except Invalid as refused:
            with acting(actor):
                return self.show(request, resident_id, str(refused), status=422)
        messages.success(request, "已上传。")
        return HttpResponseRedirect(record_url(resident_id))

    def show(self, request: HttpRequest, resident_id: Any, problem: str, status: int = 200) -> HttpResponse:
        """The page with the form."""
        resident = access_resident(request.actor, resident_id, WRITE)  # type: ignore[attr-defined]
        context = {
            "title": self.title,
            "banner": banner(resident),
            "kinds": DOCUMENT_KINDS,
            "problem": problem,
            "cancel": record_url(resident),
        }
        return render(request, "record/upload.html", context, status=status)
