"""Founding and changing consortia: the only code that writes them."""

from datetime import date
from typing import Any, TypedDict, Unpack

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, Invalid
from yigongti.kernel.events.outbox import emit
from yigongti.registry.consortia.models import Assistance, Consortium, Membership, SharedCentre
from yigongti.registry.consortia.queries import lead_membership
from yigongti.registry.organizations.models import Organization
from yigongti.registry.storing import finish, locked, store

Role = Membership.Role


class Details(TypedDict, total=False):
    """What a consortium says about itself."""

    code: str
    name: str
    kind: str
    tightness: str
    area_code: str
    speciality: str
    description: str


def found(actor: Actor, *, lead: Organization, start: date | None = None, **details: Unpack[Details]) -> Consortium:
    """Found a consortium: it exists, and its lead is its first member, from ``start`` on."""
    with acting(actor):
        actor.require(Permission.CONSORTIUM_EDIT, lead.pk)
        consortium = store(Consortium(start=start or clock.today(), **details))
        _join(consortium, lead, role=Role.LEAD, start=consortium.start)
        return consortium


def edit_consortium(actor: Actor, *, consortium: Consortium, **changes: Unpack[Details]) -> Consortium:
    """Change what a consortium says about itself."""
    with acting(actor):
        _require(actor, consortium)
        return store(locked(consortium), **changes)


def dissolve(actor: Actor, *, consortium: Consortium, on: date | None = None) -> Consortium:
    """Dissolve a consortium; memberships and shared centres end with it."""
    on = on or clock.today()
    with acting(actor):
        _require(actor, consortium)
        consortium = finish(consortium, on)
        for membership in consortium.memberships.after(on):
            _leave(membership, on)
        for centre in consortium.centres.after(on):
            finish(centre, on)
        emit("ConsortiumDissolved", consortium=consortium.pk, on=str(on))
        return consortium


def admit(
    actor: Actor,
    *,
    consortium: Consortium,
    organization: Organization,
    role: str = Role.MEMBER,
    duties: str = "",
    start: date | None = None,
    until: date | None = None,
) -> Membership:
    """Admit a member, as a branch, a member or a partner. The lead is named with :func:`name_lead`."""
    with acting(actor):
        _require(actor, consortium)
        if role == Role.LEAD:
            raise Invalid("牵头单位不能直接加入", hint="请用“更换牵头单位”办理", field="role")
        return _join(consortium, organization, role=role, duties=duties, start=start or clock.today(), until=until)


def change_duties(
    actor: Actor, *, membership: Membership, duties: str, role: str | None = None, until: date | None = None
) -> Membership:
    """Change what a member is responsible for, its role, or the day until which it was admitted."""
    with acting(actor):
        _require(actor, membership.consortium)
        membership = locked(membership)
        role = role or membership.role
        if (role == Role.LEAD) != (membership.role == Role.LEAD):
            raise Invalid("牵头单位的更换有生效日期", hint="请用“更换牵头单位”办理", field="role")
        return store(membership, duties=duties, role=role, until=until or membership.until)


def end_membership(actor: Actor, *, membership: Membership, on: date | None = None) -> Membership:
    """A member leaves. The lead, and a member that runs a shared centre, must be relieved first."""
    on = on or clock.today()
    with acting(actor):
        _require(actor, membership.consortium)
        if membership.role == Role.LEAD:
            raise Conflict("牵头单位不能直接退出", hint="请先更换牵头单位，或解散医共体", field="on")
        centres = membership.consortium.centres.filter(organization=membership.organization_id).after(on)
        if run := "、".join(str(centre) for centre in centres):
            raise Conflict(f"{membership.organization} 还承办{run}", hint="请先结束或移交这些中心", field="on")
        return _leave(membership, on)


def name_lead(
    actor: Actor, *, consortium: Consortium, organization: Organization, on: date | None = None
) -> Membership:
    """From a day on another organisation leads; the former lead stays as a member. Answers the new membership."""
    on = on or clock.today()
    with acting(actor):
        _require(actor, consortium)
        consortium = locked(consortium)
        former = lead_membership(consortium, on)
        if former and former.organization_id == organization.pk:
            raise Conflict(f"{organization} 已是牵头单位", hint="无需更换", field="organization")
        if former:
            _succeed(former, on, role=Role.MEMBER)
        present = consortium.memberships.filter(organization=organization).on(on).first()
        if present:
            named = _succeed(present, on, role=Role.LEAD)
        else:
            named = _join(consortium, organization, role=Role.LEAD, start=on)
        emit("LeadNamed", consortium=consortium.pk, organization=organization.pk, on=str(on))
        return named


def open_centre(
    actor: Actor,
    *,
    consortium: Consortium,
    kind: str,
    organization: Organization,
    start: date | None = None,
    until: date | None = None,
) -> SharedCentre:
    """Open a shared centre (1+N) of the consortium at one of its members."""
    start = start or clock.today()
    with acting(actor):
        _require(actor, consortium)
        if not consortium.memberships.filter(organization=organization).on(start).exists():
            raise Invalid(
                f"{organization} 在 {start} 不是 {consortium} 的成员", hint="请先办理加入", field="organization"
            )
        return store(
            SharedCentre(consortium=consortium, kind=kind, organization=organization, start=start, until=until)
        )


def close_centre(actor: Actor, *, centre: SharedCentre, on: date | None = None) -> SharedCentre:
    """Close a shared centre."""
    on = on or clock.today()
    with acting(actor):
        _require(actor, centre.consortium)
        closed = finish(centre, on)
        emit("CentreClosed", centre=closed.pk, consortium=closed.consortium_id, kind=closed.kind, on=str(on))
        return closed


def arrange_assistance(
    actor: Actor,
    *,
    helper: Organization,
    helped: Organization,
    speciality: str = "",
    form: str = "",
    start: date | None = None,
    until: date | None = None,
) -> Assistance:
    """A city hospital helps a member; arranged by who maintains either of the two."""
    with acting(actor):
        _require_either(actor, helper, helped)
        return store(
            Assistance(
                helper=helper,
                helped=helped,
                speciality=speciality,
                form=form,
                start=start or clock.today(),
                until=until,
            )
        )


def end_assistance(actor: Actor, *, assistance: Assistance, on: date | None = None) -> Assistance:
    """The assistance ends."""
    with acting(actor):
        _require_either(actor, assistance.helper, assistance.helped)
        return finish(assistance, on or clock.today())


def _require(actor: Actor, consortium: Consortium) -> None:
    """A consortium is maintained where its lead is (today, or at its founding when it is yet to begin or has ended)."""
    lead = lead_membership(consortium) or consortium.memberships.filter(role=Role.LEAD).order_by("start").last()
    actor.require(Permission.CONSORTIUM_EDIT, lead.organization_id if lead else 0)


def _require_either(actor: Actor, *organizations: Organization) -> None:
    if not any(actor.may(Permission.CONSORTIUM_EDIT, organization.pk) for organization in organizations):
        actor.require(Permission.CONSORTIUM_EDIT, organizations[0].pk)


def _join(consortium: Consortium, organization: Organization, **fields: Any) -> Membership:
    start, until = fields["start"], fields.get("until")
    if start < consortium.start or (consortium.until and start >= consortium.until):
        raise Invalid(
            f"{start} 不在 {consortium} 的存续期内（{consortium.start} 起）", hint="请更正加入日期", field="start"
        )
    closed = organization.closed_on
    if start < organization.opened_on or (closed and start >= closed):
        raise Invalid(f"{organization} 在 {start} 没有开办", hint="请更正加入日期或机构的设立日期", field="start")
    membership = store(
        Membership(consortium=consortium, organization=organization, **{**fields, "until": until or consortium.until})
    )
    emit("MembershipStarted", **_news(membership), on=str(start))
    return membership


def _leave(membership: Membership, on: date) -> Membership:
    ended = finish(membership, on)
    emit("MembershipEnded", **_news(ended), on=str(on))
    return ended


def _succeed(membership: Membership, on: date, *, role: str) -> Membership:
    """The same organisation in another role from a day on; on the first day of a membership it simply changes."""
    membership = locked(membership)
    if membership.start == on:
        return store(membership, role=role)
    until = membership.until
    finish(membership, on)
    return store(
        Membership(
            consortium_id=membership.consortium_id,
            organization_id=membership.organization_id,
            role=role,
            duties=membership.duties,
            start=on,
            until=until,
        )
    )


def _news(membership: Membership) -> dict[str, Any]:
    return {
        "membership": membership.pk,
        "consortium": membership.consortium_id,
        "organization": membership.organization_id,
        "role": membership.role,
    }
