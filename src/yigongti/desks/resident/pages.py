"""The resident's own pages, made for a telephone: large type, plain words, nothing about anybody else."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe

from yigongti.care.referral.words import about, resident_view
from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.errors import NotFound, YigongtiError
from yigongti.kernel.ui.view import ActorView, PageView
from yigongti.records.residents import health_code, services
from yigongti.records.residents.display import age_text
from yigongti.records.residents.queries import signed_centre

from . import queries

HOME = (("我的", "/my/"),)
READERS = 20
#: what each consent means, for the person who gives it
MEANING = {
    "referral": "医生为您转诊时，可以把需要的病历交给接收的医院。",
    "sharing": "医共体内为您看病的医生可以看到您的健康档案。",
    "outside": "医共体以外的医院（例如市里的医院）可以收到您的健康信息。",
    "messages": "就诊时间、转诊进展用短信告诉您。",
}


class Home(PageView):
    """What a resident sees first."""

    title, permission, template_name = "我的健康", Permission.OWN_RECORD, "my/home.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """Appointment, referral, results, doctor, readers, notices. Six statements."""
        resident = queries.me(actor)
        cases = queries.current(list(queries.my_referrals(actor)[:20]))
        reading(actor, resident_id=resident.pk, page="my:home")
        return {
            "title": f"{resident.name}，您好",
            "resident": resident,
            "age": age_text(resident.birth_date, clock.today()),
            "referrals": [(resident_view(case), about(case)) for case in cases],
            "results": queries.my_results(actor, since=clock.now() - queries.NEW)[:4],
            "signing": signed_centre(resident.pk),
            "readers": [queries.told(entry) for entry in queries.my_readers(actor)[:3]],
            "notices": queries.my_notices(actor)[:5],
        }


class MyReferral(PageView):
    """One referral from the beginning, in plain words."""

    title, permission, template_name = "我的转诊", Permission.OWN_RECORD, "my/referral.html"
    crumbs = HOME

    def context(self, actor: Actor) -> dict[str, Any]:
        """The resident's own."""
        case = queries.my_referrals(actor).filter(pk=self.kwargs["referral_id"]).exclude(state="draft").first()
        if case is None:
            raise NotFound("没有找到这次转诊", hint="请回到首页")
        reading(actor, resident_id=queries.myself(actor), page="my:referral", case=case.number)
        return {"view": resident_view(case, queries.my_events(actor, case)), "about": about(case)}


class MyReferrals(PageView):
    """All referrals."""

    title, permission, template_name = "我的转诊", Permission.OWN_RECORD, "my/referrals.html"
    crumbs = HOME

    def context(self, actor: Actor) -> dict[str, Any]:
        """The newest first."""
        cases = queries.my_referrals(actor).exclude(state="draft")[:50]
        return {"referrals": [(resident_view(case), about(case), case.opened_at) for case in cases]}


class Results(PageView):
    """The last value of everything that was measured, with its course."""

    title, permission, template_name = "检查和测量结果", Permission.OWN_RECORD, "my/results.html"
    crumbs = HOME

    def context(self, actor: Actor) -> dict[str, Any]:
        """The newest first."""
        reading(actor, resident_id=queries.myself(actor), page="my:results")
        return {"results": queries.my_results(actor)}


class Code(PageView):
    """The health code, renewed before it expires."""

    title, permission, template_name = "健康码", Permission.OWN_RECORD, "my/code.html"
    crumbs = HOME

    def context(self, actor: Actor) -> dict[str, Any]:
        """A fresh code."""
        resident = queries.me(actor)
        return {"resident": resident, **fresh_code(resident.pk)}


class CodePicture(ActorView):
    """A fresh code for the page that is open."""

    title, permission = "健康码", Permission.OWN_RECORD

    def get(self, request: HttpRequest) -> HttpResponse:
        """The picture alone; nobody keeps it."""
        resident_id = queries.myself(request.actor)  # type: ignore[attr-defined]
        response = render(request, "my/code_picture.html", fresh_code(resident_id))
        response["Cache-Control"] = "no-store"
        return response


def fresh_code(resident_id: UUID) -> dict[str, Any]:
    """A code and for how many seconds the page may show it."""
    life = int(health_code.LIFE.total_seconds())
    picture = health_code.svg(health_code.issue(resident_id, clock.now()))
    return {"picture": mark_safe(picture), "renew": life * 3 // 4, "at": clock.now()}  # noqa: S308 - our own QR code


class Readers(PageView):
    """Who looked at my record."""

    title, permission, template_name = "谁看过我的档案", Permission.OWN_RECORD, "my/readers.html"
    crumbs = HOME

    def context(self, actor: Actor) -> dict[str, Any]:
        """A page of readers."""
        page = Paginator(queries.my_readers(actor), READERS).get_page(self.request.GET.get("page"))
        return {"page": page, "readers": [queries.told(entry) for entry in page]}


class Consents(PageView):
    """What I agreed to."""

    title, permission, template_name = "我的授权", Permission.OWN_RECORD, "my/consents.html"
    crumbs = HOME

    def context(self, actor: Actor) -> dict[str, Any]:
        """Every kind, given or not."""
        return {"consents": [(kind, held, MEANING[kind]) for kind, held in queries.my_consents(actor)]}


class ChangeConsent(ActorView):
    """Agree, or no longer."""

    title, permission = "我的授权", Permission.OWN_RECORD

    def post(self, request: HttpRequest, kind: str) -> HttpResponse:
        """``give`` is 1 or 0."""
        actor: Actor = request.actor  # type: ignore[attr-defined]
        resident_id = queries.myself(actor)
        try:
            if request.POST.get("give") == "1":
                services.grant_consent(actor, resident_id=resident_id, kind=kind, evidence="本人在平台上确认")
                messages.success(request, "已同意。")
            else:
                services.withdraw_consent(actor, resident_id=resident_id, kind=kind)
                messages.success(request, "已撤回。")
        except YigongtiError as refused:
            messages.error(request, str(refused))
        return HttpResponseRedirect(reverse("my:consents"))
