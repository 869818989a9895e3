"""Keeping a formulary: the only code that writes it. The keeper decides what is in it, a member what it supplies."""

from datetime import date, timedelta
from typing import TypedDict, Unpack

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Invalid
from yigongti.kernel.events.outbox import emit
from yigongti.registry.consortia.models import Consortium
from yigongti.registry.consortia.queries import lead_of
from yigongti.registry.organizations.models import Organization
from yigongti.registry.storing import finish, locked, store

from .models import Drug, Formulary, Supply
from .queries import keeper_of, members


class Details(TypedDict, total=False):
    """What a formulary says about a drug."""

    name: str
    aliases: str
    national_code: str
    dosage_form: str
    specification: str
    atc: str
    category: str
    essential: bool
    source: str
    start: date


def open_formulary(
    actor: Actor, *, name: str, consortium: Consortium | None = None, organization: Organization | None = None
) -> Formulary:
    """Open the formulary of a consortium, by whoever keeps its lead's drugs, or of an organisation."""
    with acting(actor):
        keeper = lead_of(consortium) if consortium else organization
        actor.require(Permission.FORMULARY_EDIT, keeper.pk if keeper else 0)
        return store(Formulary(name=name, consortium=consortium, organization=organization))


def add_drug(actor: Actor, *, formulary: Formulary, **details: Unpack[Details]) -> Drug:
    """Take a drug into a formulary."""
    with acting(actor):
        _require(actor, formulary)
        return store(Drug(formulary=formulary, **details))


def edit_drug(actor: Actor, *, drug: Drug, **changes: Unpack[Details]) -> Drug:
    """Correct what a formulary says about a drug."""
    with acting(actor):
        _require(actor, drug.formulary)
        return store(locked(drug), **changes)


def stop_drug(actor: Actor, *, drug: Drug, reason: str, on: date | None = None) -> Drug:
    """From a day on a drug is not in the formulary any more; with it ends every member's supply."""
    on = on or clock.today()
    with acting(actor):
        _require(actor, drug.formulary)
        stopped = store(finish(drug, on), stopped_because=reason)
        for supply in drug.supplies.after(on).order_by("pk"):
            _end(supply, on, reason)
        emit("DrugStopped", drug=drug.pk, on=str(on))
        return stopped


def supply(
    actor: Actor, *, drug: Drug, organization: Organization, start: date | None = None, until: date | None = None
) -> Supply:
    """A member supplies a drug from a day on (列入目录). Said twice it is one: the supply in force is answered."""
    day = start or clock.today()
    with acting(actor):
        _require(actor, drug.formulary, organization.pk)
        drug = locked(drug)
        if not drug.holds(day):
            raise Invalid(f"{drug} 已不在目录内", hint="请先由目录管理单位恢复这一品种", field="drug")
        if not members(drug.formulary, day).filter(pk=organization.pk).exists():
            raise Invalid(f"{organization} 不使用{drug.formulary}", hint="请选择医共体的成员单位", field="organization")
        present = drug.supplies.on(day).filter(organization=organization).first()
        if present:
            return present
        made = store(Supply(drug=drug, organization=organization, start=day, until=until))
        emit("DrugSupplied", drug=drug.pk, organization=organization.pk, on=str(day))
        return made


def stop_supply(actor: Actor, *, supply: Supply, reason: str, on: date | None = None) -> Supply:
    """From a day on a member does not supply a drug any more."""
    on = on or clock.today()
    with acting(actor):
        _require(actor, supply.drug.formulary, supply.organization_id)
        return _end(supply, on, reason)


def _end(supply: Supply, on: date, reason: str) -> Supply:
    """End a supply, at the earliest after its first day."""
    return store(finish(supply, max(on, supply.start + timedelta(days=1))), stopped_because=reason)


def end_supplies(actor: Actor, *, organization: Organization, reason: str, on: date) -> int:
    """End everything that an organisation supplies; answers how many supplies ended."""
    with acting(actor):
        actor.require(Permission.FORMULARY_EDIT, organization.pk)
        found = list(Supply.objects.after(on).filter(organization=organization).order_by("pk"))
        for one in found:
            _end(one, on, reason)
        return len(found)


def may_keep(actor: Actor, formulary: Formulary) -> bool:
    """Whether the actor keeps a formulary."""
    return actor.everything or actor.may(Permission.FORMULARY_EDIT, keeper_of(formulary) or 0)


def _require(actor: Actor, formulary: Formulary, member: int = 0) -> None:
    """The keeper may everything; a member's pharmacist speaks for the member."""
    if not (member and actor.may(Permission.FORMULARY_EDIT, member)):
        actor.require(Permission.FORMULARY_EDIT, keeper_of(formulary) or 0)
