"""Reading organisations, as of a day."""

from datetime import date

from django.db.models import F, FloatField, Q, QuerySet, Value
from django.db.models.functions import ACos, Cast, Cos, Least, Length, Radians, Sin

from yigongti.kernel import clock
from yigongti.kernel.errors import NotFound
from yigongti.registry.organizations.models import CareFunction, Department, Organization

EARTH_RADIUS_KM = 6371.0


def organization_by_code(code: str) -> Organization:
    """The organisation with a code; :class:`NotFound` when there is none."""
    found = Organization.objects.filter(code=code).first()
    if found is None:
        raise NotFound(f"没有代码为 {code} 的机构", hint="请核对机构代码")
    return found


def search_organizations(text: str, on: date | None = None) -> QuerySet[Organization]:
    """Organisations open on a day whose code begins with, or whose name or pinyin contains, the text."""
    text = text.strip()
    wanted = Q(code__istartswith=text) | Q(name__contains=text) | Q(short_name__contains=text)
    if text.isascii():
        wanted |= Q(pinyin__contains=text.lower())
    return Organization.objects.on(on).filter(wanted)


def departments_open(organization: Organization, on: date | None = None) -> QuerySet[Department]:
    """The departments of an organisation that are open on a day."""
    return Department.objects.filter(organization=organization).on(on)


def functions_of(organization: Organization, on: date | None = None) -> QuerySet[CareFunction]:
    """What an organisation is there for on a day: its own functions and those of its level."""
    own = Q(organization=organization) | Q(organization=None, tier=organization.tier)
    return CareFunction.objects.on(on).filter(own)


def capable(organization: Organization, disease_code: str, on: date | None = None) -> CareFunction.Extent | None:
    """What an organisation is there to do for a disease (ICD-10 code), or ``None`` where nothing is said.

    The organisation's own function goes before that of its level; then the more exact code goes first.
    """
    prefixes = [disease_code[:length] for length in range(1, len(disease_code) + 1)]
    found = (
        functions_of(organization, on)
        .filter(kind=CareFunction.Kind.DISEASE, code__in=prefixes)
        .order_by(F("organization").asc(nulls_last=True), Length("code").desc())
        .values_list("extent", flat=True)
        .first()
    )
    return CareFunction.Extent(found) if found else None


def organizations_nearby(
    *, longitude: float, latitude: float, within_km: float = 50, on: date | None = None
) -> QuerySet[Organization]:
    """Organisations open on a day within a distance, nearest first, each with its ``distance`` in km (great circle)."""
    here, there = Radians(Value(float(latitude))), Radians(Cast("latitude", FloatField()))
    turn = Radians(Cast("longitude", FloatField())) - Radians(Value(float(longitude)))
    angle = Sin(here) * Sin(there) + Cos(here) * Cos(there) * Cos(turn)
    distance = Value(EARTH_RADIUS_KM) * ACos(Least(angle, Value(1.0)), output_field=FloatField())
    placed = Organization.objects.on(on or clock.today()).exclude(longitude=None).exclude(latitude=None)
    return placed.annotate(distance=distance).filter(distance__lte=within_km).order_by("distance", "code")
