"""Forms that register people and say who they are; each calls one command."""

import contextlib
from typing import Any, ClassVar
from uuid import UUID

from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.reading import reading
from yigongti.kernel.errors import Conflict
from yigongti.kernel.ui.addresses import address
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.forms import SchemaForm

from . import choices, lookalike_pages, schemas, services
from .access import access_resident
from .documents import DocumentKind
from .models import Resident
from .services.lookalikes import Lookalikes, lookalikes

REGISTER = Permission.RESIDENT_REGISTER
ROSTER = ("居民名册", "/residents/")


def record_url(resident: Resident | UUID) -> str:
    """The page of a resident."""
    return address("record:resident", resident.pk if isinstance(resident, Resident) else resident)


def about_url(resident_id: UUID) -> str:
    """The page of what is known about the person besides their health."""
    return reverse("record:about", args=[resident_id])


class Checked:
    """Forms with an ID number: while it is typed, the server says what is wrong and fills sex and birth date."""

    def form_class(self, actor: Any) -> type[SchemaForm]:
        """The form of the schema with the check on the number."""
        form: type[SchemaForm] = super().form_class(actor)  # type: ignore[misc]
        form.base_fields["id_number"].widget.attrs |= {
            "hx-post": reverse("residents:check"),
            "hx-trigger": "input changed delay:250ms, change",
            "hx-target": "next .y-field-help",
            "hx-swap": "innerHTML",
            "hx-include": "closest form",
            "hx-sync": "this:replace",
            "aria-live": "polite",
        }
        return form


class Register(Checked, CommandView):
    """Register a person with a document."""

    title, submit, schema, permission = "登记居民", "登记", schemas.Registration, REGISTER
    key, template_name = "residents-register", "residents/register_form.html"
    crumbs = (ROSTER, ("登记", ""))

    def choices(self, actor: Any) -> dict[str, Any]:
        return {**choices.fixed(), "areas": choices.areas(actor)}

    def initial(self, actor: Any) -> dict[str, Any]:
        return {"identity_kind": DocumentKind.ID_CARD.value}

    def context(self, actor: Any) -> dict[str, Any]:
        return {
            "cancel": reverse("residents:list"),
            "hint": "没有证件的人：新生儿从母亲的页面登记，身份不明者用“无名氏登记”。",
            "lookalikes_url": reverse("residents:lookalikes"),
            **(lookalike_pages.shown(self.alike) if self.alike else {}),
        }

    #: who was found to be so like the person that the registrar is asked once more
    alike: Lookalikes | None = None

    def run(self, actor: Any, data: schemas.Registration, *, key: str, version: int | None) -> str:
        alike = lookalikes(actor, lookalike_pages.asked(self.request.POST))
        if unseen := alike.besides(data.id_number) - seen(self.request.POST):
            self.alike = alike
            raise Conflict(
                f"已有 {len(unseen)} 份档案很可能是同一人，列在下面", hint="确实不是同一人时，再点一次“登记”"
            )
        contact = {"name": data.contact_name, "relation": data.contact_relation, "phone": data.contact_phone}
        resident = services.register(
            actor,
            name=data.name,
            id_number=data.id_number,
            identity_kind=data.identity_kind,
            sex=data.sex,
            birth_date=data.birth_date,
            area_code=data.area or None,
            address=data.address or None,
            phone=data.phone,
            insurance_kind=data.insurance_kind,
            contacts=[contact] if data.contact_name and data.contact_phone else [],
        )
        return record_url(resident)


def seen(posted: Any) -> set[UUID]:
    """The lookalikes that the page had shown when it was sent."""
    found = set()
    for text in posted.get("seen", "").split(","):
        with contextlib.suppress(ValueError):
            found.add(UUID(text))
    return found


class RegisterUnknown(CommandView):
    """Register someone whom nobody knows."""

    title, submit, schema, permission = "无名氏登记", "登记", schemas.Unknown, REGISTER
    template_name = "residents/register_form.html"
    crumbs = (ROSTER, ("无名氏登记", ""))

    def choices(self, actor: Any) -> dict[str, Any]:
        return choices.fixed()

    def context(self, actor: Any) -> dict[str, Any]:
        return {
            "effect": "先救治后查明：得到一个临时身份号，写在腕带上；查明身份后补登记，病历不变。",
            "lookalikes_url": reverse("residents:lookalikes-unknown"),
        }

    def run(self, actor: Any, data: schemas.Unknown, *, key: str, version: int | None) -> str:
        return record_url(services.register_unknown(actor, **data.model_dump()))


class OfResident(CommandView):
    """A form about one resident: banner on top, back to their page."""

    permission = REGISTER
    #: the page to go back to
    back: ClassVar[Any] = staticmethod(about_url)
    reads: ClassVar[Permission] = REGISTER

    @property
    def resident_id(self) -> UUID:
        """Who the page is about."""
        found: UUID = self.kwargs["resident_id"]
        return found

    def resident(self, actor: Any) -> Resident:
        """The person, read once a request."""
        if not hasattr(self, "_resident"):
            self._resident = access_resident(actor, self.resident_id, self.reads)
        return self._resident

    def context(self, actor: Any) -> dict[str, Any]:
        from yigongti.records.health_record.banner import banner

        resident = self.resident(actor)
        return {
            "banner": banner(resident),
            "version": self.request.POST.get("version") or resident.version,
            "cancel": self.back(resident.pk),
            "crumbs": (ROSTER, (resident.name, record_url(resident)), (self.title, "")),
        }

    def choices(self, actor: Any) -> dict[str, Any]:
        return choices.fixed(self.resident(actor).identity_kind)

    def go_to(self) -> str:
        """Where the person goes after success."""
        return str(self.back(self.resident_id))


class Correct(Checked, OfResident):
    """Correct what is written about a person. The full number is shown, and that is noted."""

    title, submit, schema, done = "更正信息", "保存", schemas.Correction, "已更正。"

    def initial(self, actor: Any) -> dict[str, Any]:
        resident = self.resident(actor)
        if self.request.method == "GET":
            reading(actor, resident_id=resident.pk, page="residents:correct")
        return {name: getattr(resident, name) for name in schemas.Correction.model_fields}

    def run(self, actor: Any, data: schemas.Correction, *, key: str, version: int | None) -> str:
        services.correct(actor, resident_id=self.resident_id, version=version or 0, **data.model_dump())
        return self.go_to()


class Identify(Checked, OfResident):
    """A newborn or unknown person now has a document."""

    title, submit, schema, done = "查明身份", "保存", schemas.Identification, "已补登记证件。"
    template_name = "residents/register_form.html"

    def context(self, actor: Any) -> dict[str, Any]:
        hint = "此人早有档案时，不要再补证件：记下那份的档案号，请信息科合并两份档案。"
        return {**super().context(actor), "hint": hint, "lookalikes_url": reverse("residents:lookalikes")}

    def initial(self, actor: Any) -> dict[str, Any]:
        return {"identity_kind": DocumentKind.ID_CARD.value}

    def choices(self, actor: Any) -> dict[str, Any]:
        return choices.fixed()

    def run(self, actor: Any, data: schemas.Identification, *, key: str, version: int | None) -> str:
        services.identify(actor, resident_id=self.resident_id, version=version or 0, **data.model_dump())
        return self.go_to()


class RegisterNewborn(OfResident):
    """Register a child on the mother's page."""

    title, submit, schema = "登记新生儿", "登记", schemas.Newborn
    template_name = "residents/register_form.html"

    def context(self, actor: Any) -> dict[str, Any]:
        return {
            **super().context(actor),
            "lookalikes_url": reverse("residents:lookalikes-newborn", args=[self.resident_id]),
        }

    def initial(self, actor: Any) -> dict[str, Any]:
        return {"birth_date": clock.today(), "order": 1}

    def run(self, actor: Any, data: schemas.Newborn, *, key: str, version: int | None) -> str:
        return record_url(services.register_newborn(actor, mother_id=self.resident_id, **data.model_dump()))
