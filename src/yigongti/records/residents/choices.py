"""What people choose from on the forms about residents."""

from typing import Any

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.registry.organizations.models import Organization
from yigongti.registry.periods import PeriodQuerySet
from yigongti.registry.places.models import Area, Grid
from yigongti.registry.staff.models import Position

from .documents import DocumentKind
from .models import Consent, Resident

INSURANCE = ("城乡居民医保", "城镇职工医保", "公费", "商业保险", "自费")
BLOOD = ("A", "B", "O", "AB", "A Rh阴性", "B Rh阴性", "O Rh阴性", "AB Rh阴性")
SEXES = [(code.value, code.label) for code in map(Resident.Sex, "1209")]
MINUTES = {30: "30 分钟", 60: "1 小时", 240: "4 小时", 1440: "24 小时"}
#: at most so many villages in a list; a county has a few hundred
VILLAGES = 800


def kinds(current: str = "") -> list[tuple[str, str]]:
    """Kinds of document that last; a temporary one is offered only where it is the current one."""
    return [(kind.value, kind.label) for kind in DocumentKind if kind.lasting or kind.value == current]


def fixed(current_kind: str = "") -> dict[str, Any]:
    """Choices that are the same for everybody."""
    return {
        "kinds": kinds(current_kind),
        "sexes": SEXES,
        "insurance": [(text, text) for text in INSURANCE],
        "blood": [(text, text) for text in BLOOD],
        "consents": Consent.Kind.choices,
        "minutes": list(MINUTES.items()),
    }


def areas(actor: Actor) -> list[tuple[str, str]]:
    """Villages and communities of the county where the actor works, those of their own grids first."""
    mine = set(_open_grids().filter(centre_id__in=actor.organizations()).values_list("area_id", flat=True))
    mine |= set(_open_grids().filter(station_id__in=actor.organizations()).values_list("area_id", flat=True))
    county = next((code[:6] for code in sorted(mine)), "") or _county(actor)
    rows = Area.objects.filter(level=Area.Level.VILLAGE, retired_on=None, code__startswith=county)
    found = rows.select_related("parent").order_by("code")[:VILLAGES]
    own = [area for area in found if area.pk in mine or area.parent_id in mine]
    rest = [area for area in found if area not in own]
    return [(area.pk, f"{area.parent.name if area.parent else ''} {area.name}".strip()) for area in (*own, *rest)]


def _open_grids() -> PeriodQuerySet:
    return Grid.objects.on()


def _county(actor: Actor) -> str:
    code = Organization.objects.filter(pk=actor.organization_id or 0).values_list("area_code", flat=True).first()
    return (code or "")[:6]


def signing(actor: Actor) -> dict[str, Any]:
    """Where the actor may sign people, and the doctors there."""
    places = actor.organizations(Permission.RESIDENT_REGISTER)
    homes = Organization.objects.filter(pk__in=places, tier__in=Organization.PRIMARY).order_by("code")
    posts = Position.objects.on().filter(organization_id__in=places).select_related("practitioner", "organization")
    doctors = {
        post.practitioner_id: f"{post.practitioner.name}（{post.organization}）"
        for post in posts.order_by("organization__code", "practitioner__name")
        if "医" in post.post or "医" in post.practitioner.title
    }
    return {"organizations": [(home.pk, home.name) for home in homes], "doctors": list(doctors.items())}
