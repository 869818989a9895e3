"""The pages of this room: the roster, finding people, the person at the desk, and the small steps around them."""

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

import django_filters
import django_tables2 as tables
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note, reading
from yigongti.kernel.errors import Invalid, YigongtiError
from yigongti.kernel.ui.columns import TagColumn, WhenColumn
from yigongti.kernel.ui.register import RegisterTable, RegisterView
from yigongti.kernel.ui.sharing import shared
from yigongti.kernel.ui.view import ActorView

from . import choices, queries, services
from .access import access_resident
from .display import age_text, masked_number, masked_phone
from .documents import DocumentKind
from .forms import about_url, record_url
from .identity import IdentityNumber
from .models import Resident
from .queries import understood


class RosterTable(RegisterTable):
    """A line of the roster; numbers are masked."""

    name = tables.Column("姓名", orderable=False)
    sex = tables.Column("性别", orderable=False)
    birth_date = tables.Column("年龄", orderable=False)
    id_number = tables.Column("证件号码", orderable=False)
    phone = tables.Column("电话", orderable=False)
    area = tables.Column("居住村（社区）", orderable=False)
    number = tables.Column("档案号", orderable=False)
    registered_at = WhenColumn(verbose_name="建档", orderable=False)
    state = TagColumn(verbose_name="", accessor="died_on", orderable=False, empty_values=())

    class Meta:
        attrs: ClassVar[dict[str, str]] = {}

    def render_sex(self, record: Resident) -> str:
        return record.get_sex_display()

    value_sex = render_sex

    def render_birth_date(self, record: Resident) -> str:
        return age_text(record.birth_date, clock.today(), estimated=record.birth_estimated)

    def value_birth_date(self, record: Resident) -> Any:
        return record.birth_date

    def render_id_number(self, record: Resident) -> str:
        return masked_number(record)

    value_id_number = render_id_number

    def render_phone(self, record: Resident) -> str:
        return masked_phone(record)

    value_phone = render_phone

    def render_state(self, record: Resident) -> str:
        return "已故" if record.died_on else "已迁出" if record.moved_on else ""

    value_state = render_state

    def row_url(self, record: Resident) -> str:
        """The record."""
        return record_url(record)


class RosterFilter(django_filters.FilterSet):
    """Which people."""

    area = django_filters.ChoiceFilter(label="居住村（社区）", empty_label="全部")
    sex = django_filters.ChoiceFilter(label="性别", choices=Resident.Sex.choices, empty_label="全部")
    here = django_filters.ChoiceFilter(
        label="状态", choices=[("here", "在册"), ("gone", "已故或迁出")], method="by_state", empty_label="全部"
    )

    class Meta:
        model = Resident
        fields = ("area", "sex", "here")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        actor = self.request.actor
        # villages hardly change: the list is a minute old at most
        key = ("residents.areas", actor.organization_id, actor.organizations())
        self.filters["area"].extra["choices"] = shared(key, lambda: choices.areas(actor)).value

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        """Here, or dead or moved away."""
        here = rows.filter(died_on=None, moved_on=None)
        return here if value == "here" else rows.exclude(died_on=None, moved_on=None)


class Roster(RegisterView):
    """The residents of the actor's organisations, the newest first."""

    title, key, permission = "居民名册", "residents", Permission.RESIDENT_SEARCH
    table_class, filterset_class = RosterTable, RosterFilter
    template_name = "residents/roster.html"
    empty, empty_hint = "还没有居民", "登记居民，或刷证件接诊后，会出现在这里。"

    def queryset(self, actor: Any) -> Any:
        return queries.register(actor)

    def exported(self, actor: Any) -> None:
        note(actor, Entry.Action.EXPORT, subject="residents:roster")

    def context(self, actor: Any) -> dict[str, Any]:
        return {"may_register": actor.may(Permission.RESIDENT_REGISTER)}


@dataclass(frozen=True)
class Found:
    """A line of the search results."""

    resident: Resident

    @property
    def url(self) -> str:
        """The record."""
        return record_url(self.resident)

    @property
    def note(self) -> str:
        """How they were found, if not by what they are called and have today."""
        return self.resident.known_as

    @property
    def age(self) -> str:
        """The age today."""
        return age_text(self.resident.birth_date, clock.today(), estimated=self.resident.birth_estimated)

    @property
    def number(self) -> str:
        """The masked document number."""
        return masked_number(self.resident)

    @property
    def phone(self) -> str:
        """The masked phone."""
        return masked_phone(self.resident)


class Search(ActorView):
    """The search box: suggestions while typing, the page of results, or straight to the only one meant."""

    title, permission = "查找居民", Permission.RESIDENT_SEARCH

    def get(self, request: HttpRequest) -> HttpResponse:
        """An empty page with the ways to search."""
        return render(request, "residents/search.html", {"title": self.title, "q": ""})

    def post(self, request: HttpRequest) -> HttpResponse:
        """What was typed or scanned. It stands in no URL."""
        actor, typed = request.actor, request.POST.get("q", "").strip()  # type: ignore[attr-defined]
        with acting(actor):
            if getattr(request, "htmx", None) and not request.htmx.boosted:  # type: ignore[attr-defined]
                exact = understood(typed)
                found = [] if exact.health_code or exact.id_number else self.found(actor, typed, 8)
                return render(request, "residents/suggestions.html", {"found": found, "q": typed})
            return self.answer(request, actor, typed)

    def answer(self, request: HttpRequest, actor: Any, typed: str) -> HttpResponse:
        """The page; one exact person is opened at once."""
        context: dict[str, Any] = {
            "title": self.title,
            "q": typed,
            "may_register": actor.may(Permission.RESIDENT_REGISTER),
        }
        wanted = understood(typed)
        exact = wanted.health_code or wanted.id_number or wanted.number
        try:
            found = self.found(actor, typed, 50)
            if exact and len(found) == 1:
                if found[0].note:
                    messages.info(request, f"{found[0].note}。")
                return HttpResponseRedirect(found[0].url)
            if not found and (wanted.id_number or wanted.health_code) and actor.organization_id:
                context["presented"] = services.present(
                    actor, id_number=wanted.id_number, health_code=wanted.health_code
                )
                context["exact"] = True
        except Invalid as refused:
            context["refused"], found = str(refused), []
        if wanted.health_code:
            context["q"] = ""
        return render(request, "residents/search.html", {**context, "found": found})

    def found(self, actor: Any, typed: str, most: int) -> list[Found]:
        """Whom the actor may see."""
        return [Found(resident) for resident in queries.search(actor, typed, most)]


class CheckNumber(ActorView):
    """What a typed document number says, while it is being typed."""

    title, permission = "证件核对", Permission.RESIDENT_REGISTER

    def post(self, request: HttpRequest) -> HttpResponse:
        """A line under the field, and sex and birth date filled in."""
        typed = request.POST.get("id_number", "").strip()
        kind = request.POST.get("identity_kind", DocumentKind.ID_CARD)
        context: dict[str, Any] = {"typed": typed}
        if typed and kind in DocumentKind.values:
            try:
                number, sex, born = services.identified(DocumentKind(kind), typed, "", None)
                context |= {"sex": sex, "born": born, "age": age_text(born, clock.today())}
                context["sexes"] = choices.SEXES if isinstance(number, IdentityNumber) else ()
            except Invalid as refused:
                context["problem"] = "" if refused.field == "birth_date" else refused.message
        return render(request, "residents/number_check.html", context)


class Act(ActorView):
    """A button that does one thing to one resident and returns to their page."""

    done: ClassVar[str] = ""

    def run(self, actor: Any, request: HttpRequest, resident_id: UUID) -> None:
        """Call the service."""
        raise TypeError(f"{type(self).__name__} declares no run(actor, request, resident_id)")

    def post(self, request: HttpRequest, resident_id: UUID) -> HttpResponse:
        """Do it."""
        try:
            self.run(request.actor, request, resident_id)  # type: ignore[attr-defined]
        except YigongtiError as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, self.done)
        return HttpResponseRedirect(about_url(resident_id))


class UndoDeath(Act):
    """The report of death was wrong."""

    title, permission, done = "撤销死亡登记", Permission.RESIDENT_REGISTER, "已撤销死亡登记。"

    def run(self, actor: Any, request: HttpRequest, resident_id: UUID) -> None:
        services.undo_death(actor, resident_id=resident_id)


class UndoMoved(Act):
    """The person is here again."""

    title, permission, done = "撤销迁出", Permission.RESIDENT_REGISTER, "已撤销迁出登记。"

    def run(self, actor: Any, request: HttpRequest, resident_id: UUID) -> None:
        services.undo_moved(actor, resident_id=resident_id)


class WithdrawConsent(Act):
    """The person no longer agrees."""

    title, permission, done = "撤回知情同意", Permission.RECORD_WRITE, "已撤回。"

    def run(self, actor: Any, request: HttpRequest, resident_id: UUID) -> None:
        services.withdraw_consent(actor, resident_id=resident_id, kind=request.POST.get("kind", ""))


class RemoveContact(Act):
    """Someone no longer to call."""

    title, permission, done = "删除联系人", Permission.RESIDENT_REGISTER, "已删除联系人。"

    def run(self, actor: Any, request: HttpRequest, resident_id: UUID) -> None:
        given = request.POST.get("contact", "")
        if not given.isdecimal():
            raise Invalid("没有这位联系人")
        services.remove_contact(actor, resident_id=resident_id, contact_id=int(given))


class Receive(ActorView):
    """The person at the desk is received; their record opens."""

    title, permission = "接诊", Permission.RECORD_READ

    def post(self, request: HttpRequest) -> HttpResponse:
        """With the ticket that showing the document gave."""
        try:
            resident = services.receive(request.actor, ticket=request.POST.get("ticket", ""))  # type: ignore[attr-defined]
        except Invalid as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(reverse("residents:search"))
        return HttpResponseRedirect(record_url(resident))


class Reveal(ActorView):
    """The full numbers, on demand; the audit notes who looked."""

    title, permission = "查看完整号码", Permission.RECORD_READ

    def post(self, request: HttpRequest, resident_id: UUID) -> HttpResponse:
        """The numbers as a fragment."""
        actor = request.actor  # type: ignore[attr-defined]
        with acting(actor):
            resident = access_resident(actor, resident_id)
            reading(actor, resident_id=resident.pk, page="residents:reveal")
        return render(request, "residents/revealed.html", {"resident": resident})
