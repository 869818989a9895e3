"""Reading people and their positions, as of a day."""

from datetime import date

from django.db.models import Prefetch, Q, QuerySet

from yigongti.registry.organizations.models import Department, Organization
from yigongti.registry.staff.models import Position, Practitioner


def staff_of(
    organization: Organization, on: date | None = None, department: Department | None = None
) -> QuerySet[Position]:
    """Who holds a position at an organisation (or in one department) on a day."""
    rows = Position.objects.filter(organization=organization).on(on).select_related("practitioner", "department")
    return (rows.filter(department=department) if department else rows).order_by("department__code", "post", "pk")


def positions_of(practitioner: Practitioner, on: date | None = None) -> QuerySet[Position]:
    """The positions that a person holds on a day."""
    return practitioner.positions.on(on).select_related("organization", "department").order_by("start", "pk")


def practitioner_of(user_id: int | None) -> Practitioner | None:
    """The person behind an account."""
    return Practitioner.objects.filter(user_id=user_id).first() if user_id else None


def working(on: date | None = None) -> QuerySet[Practitioner]:
    """People who hold a position on a day, with these positions in ``held``."""
    held = Position.objects.on(on).select_related("organization", "department")
    return (
        Practitioner.objects.filter(pk__in=Position.objects.on(on).values("practitioner"))
        .prefetch_related(Prefetch("positions", queryset=held, to_attr="held"))
        .order_by("code")
    )


def search_staff(text: str, on: date | None = None) -> QuerySet[Practitioner]:
    """Working people whose code begins with, or whose name or pinyin contains, the text."""
    text = text.strip()
    wanted = Q(code__istartswith=text) | Q(name__contains=text)
    if text.isascii():
        wanted |= Q(pinyin__contains=text.lower())
    return working(on).filter(wanted)
