"""Forms that change the formulary, and the one click with which a member lists a drug."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import YigongtiError
from yigongti.kernel.ui.view import ActorView
from yigongti.registry.commands import Offered, RegistryCommand
from yigongti.registry.organizations.models import Organization

from . import services
from .entries import DrugEntry, NewDrug, Stopping, SupplyEntry
from .models import Drug, Formulary, Supply
from .queries import formularies, members

TOP = ("用药目录", "/formulary/")


def onward(request: HttpRequest, otherwise: str) -> str:
    """To the page from which the person came (``next``, within this site), else as said."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    inside = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if wanted and inside else otherwise


class Kept(RegistryCommand):
    """Forms of this room."""

    permission = Permission.FORMULARY_EDIT
    crumbs = (TOP,)

    def kept(self) -> list[Formulary]:
        """The formularies that the actor keeps."""
        actor: Actor = self.request.actor  # type: ignore[attr-defined]
        return [one for one in formularies(actor) if services.may_keep(actor, one)]

    def choices(self, actor: Actor) -> dict[str, Any]:
        """What the forms of this room offer."""
        return {
            "formularies": Offered(lambda: [(one.pk, one.name) for one in self.kept()]),
            "members": Offered(lambda: [(one.pk, str(one)) for kept in self.concerned() for one in members(kept)]),
        }

    def concerned(self) -> list[Formulary]:
        """Whose members are offered."""
        return self.kept()


class AddDrug(Kept):
    """A new drug, with who supplies it from the start."""

    title, submit, done, schema = "新增目录药品", "保存", "已列入目录。", NewDrug

    def initial(self, actor: Actor) -> dict[str, Any]:
        """Named and supplied as the address says: ``?name=``, ``?supplier=``."""
        kept = self.kept()
        supplier = self.request.GET.get("supplier", "")
        return {
            "name": self.request.GET.get("name", ""),
            "suppliers": [int(supplier)] if supplier.isdecimal() else [],
            "formulary": kept[0].pk if len(kept) == 1 else None,
        }

    def back(self) -> str:
        """The register."""
        return reverse("catalogue:drugs")

    def run(self, actor: Actor, data: NewDrug, **_: Any) -> str:
        """Take it in, and begin its supplies."""
        formulary = get_object_or_404(formularies(actor), pk=data.formulary)
        drug = services.add_drug(actor, formulary=formulary, **data.details())
        for organization in Organization.objects.filter(pk__in=data.suppliers):
            services.supply(actor, drug=drug, organization=organization, start=data.start)
        return onward(self.request, drug.get_absolute_url())


class EditDrug(Kept):
    """Correct a drug."""

    title, submit, done, schema, model = "修改目录药品", "保存", "已保存。", DrugEntry, Drug

    def initial(self, actor: Actor) -> dict[str, Any]:
        """What it says now."""
        return {name: getattr(self.row, name) for name in DrugEntry.model_fields}

    def run(self, actor: Actor, data: DrugEntry, **_: Any) -> str:
        """Save."""
        services.edit_drug(actor, drug=self.row, **data.details())
        return self.back()


class StopDrug(Kept):
    """A drug leaves the formulary."""

    title, submit, tone, done, schema, model = "停用目录药品", "停用", "danger", "已停用。", Stopping, Drug

    def context(self, actor: Actor) -> dict[str, Any]:
        """What ends with it."""
        count = self.row.supplies.on().count()
        return {**super().context(actor), "effect": f"{count} 家单位的配备一并结束；已经开出的方案不变。"}

    def run(self, actor: Actor, data: Stopping, **_: Any) -> str:
        """Stop."""
        services.stop_drug(actor, drug=self.row, on=data.on, reason=data.reason)
        return self.back()


class SupplyDrug(Kept):
    """A member supplies a drug, from a day on."""

    title, submit, done, schema, model = "登记配备", "列入目录", "已列入该单位目录。", SupplyEntry, Drug

    def concerned(self) -> list[Formulary]:
        """The members of the drug's formulary."""
        return [self.row.formulary]

    def run(self, actor: Actor, data: SupplyEntry, **_: Any) -> str:
        """Begin the supply."""
        organization = get_object_or_404(Organization, pk=data.organization)
        services.supply(actor, drug=self.row, organization=organization, start=data.start)
        return self.back()


class StopSupply(Kept):
    """A member does not supply a drug any more."""

    title, submit, tone, done, schema, model = "停止配备", "停止", "danger", "已停止配备。", Stopping, Supply

    def back(self) -> str:
        """The drug."""
        return str(self.row.drug.get_absolute_url())

    def run(self, actor: Actor, data: Stopping, **_: Any) -> str:
        """Stop."""
        services.stop_supply(actor, supply=self.row, on=data.on, reason=data.reason)
        return self.back()


class ListDrug(ActorView):
    """One click: this member supplies this drug from today on (列入目录)."""

    title, permission = "列入目录", Permission.FORMULARY_EDIT

    def post(self, request: HttpRequest, pk: int, organization_id: int) -> HttpResponse:
        """List it, and go back to where the button was."""
        drug = get_object_or_404(Drug.objects.select_related("formulary__consortium"), pk=pk)
        organization = get_object_or_404(Organization, pk=organization_id)
        target = onward(request, drug.get_absolute_url())
        try:
            services.supply(request.actor, drug=drug, organization=organization)  # type: ignore[attr-defined]
        except YigongtiError as error:
            if error.status == 403:
                raise
            messages.error(request, str(error))
        else:
            messages.success(request, f"{drug.name}已列入{organization}的目录。")
        return HttpResponseRedirect(target)
