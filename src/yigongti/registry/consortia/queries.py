"""Reading consortia, as of a day."""

from datetime import date

from django.db.models import Case, IntegerField, QuerySet, Value, When

from yigongti.registry.consortia.models import Assistance, Consortium, Membership, SharedCentre
from yigongti.registry.organizations.models import Organization
from yigongti.registry.periods import holding

ROLE_ORDER = Case(
    *[When(role=role, then=Value(place)) for place, role in enumerate(Membership.Role.values)],
    output_field=IntegerField(),
)


def members(consortium: Consortium, on: date | None = None) -> QuerySet[Membership]:
    """Who belongs to a consortium on a day: the lead first, then branches, members and partners by code."""
    rows = Membership.objects.filter(consortium=consortium).on(on).select_related("organization")
    return rows.order_by(ROLE_ORDER, "organization__code")


def consortia_of(organization: Organization, on: date | None = None) -> QuerySet[Consortium]:
    """The consortia to which an organisation belongs on a day."""
    mine = Membership.objects.filter(organization=organization).on(on)
    return Consortium.objects.on(on).filter(memberships__in=mine).distinct()


def lead_membership(consortium: Consortium, on: date | None = None) -> Membership | None:
    """The membership of the lead on a day."""
    leading = Membership.objects.filter(consortium=consortium, role=Membership.Role.LEAD)
    return leading.on(on).select_related("organization").first()


def lead_of(consortium: Consortium, on: date | None = None) -> Organization | None:
    """The organisation that leads a consortium on a day."""
    membership = lead_membership(consortium, on)
    return membership.organization if membership else None


def tight_consortium_of(organization: Organization, on: date | None = None) -> Consortium | None:
    """The tight consortium to which an organisation belongs on a day: its 医共体."""
    return consortia_of(organization, on).filter(tightness=Consortium.Tightness.TIGHT).order_by("start", "code").first()


def fellow_members(organization: Organization, on: date | None = None) -> QuerySet[Organization]:
    """The other organisations that share a consortium with this one on a day."""
    together = Membership.objects.filter(consortium__in=consortia_of(organization, on)).on(on)
    return Organization.objects.filter(pk__in=together.values("organization")).exclude(pk=organization.pk)


def centres(consortium: Consortium, on: date | None = None) -> QuerySet[SharedCentre]:
    """The shared centres of a consortium on a day."""
    return SharedCentre.objects.filter(consortium=consortium).on(on).select_related("organization")


def centre_for(organization: Organization, kind: str, on: date | None = None) -> SharedCentre | None:
    """The shared centre of a kind that serves an organisation on a day."""
    serving = SharedCentre.objects.filter(kind=kind, consortium__in=consortia_of(organization, on)).on(on)
    return serving.select_related("organization").order_by("start").first()


def assistance_for(consortium: Consortium, on: date | None = None) -> QuerySet[Assistance]:
    """The assistance that members of a consortium receive on a day."""
    helped = members(consortium, on).values("organization")
    return Assistance.objects.filter(helped__in=helped).on(on).select_related("helper", "helped")


def with_lead(on: date | None = None) -> QuerySet[Membership]:
    """The lead memberships in force on a day, for the registers of consortia."""
    rows = Membership.objects.filter(holding(on), role=Membership.Role.LEAD)
    return rows.select_related("organization")
