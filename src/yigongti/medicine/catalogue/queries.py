"""Reading formularies, as of a day: whose, what is in it, who can supply it, and what may stand for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db.models import Count, Q, QuerySet

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.registry.consortia.models import Membership
from yigongti.registry.consortia.queries import lead_of
from yigongti.registry.organizations.models import Organization
from yigongti.registry.periods import holding

from .models import Drug, Formulary, Supply
from .names import normal

#: suggestions to the doctor for one drug
MOST = 4


def _of(organizations: Iterable[int], day: date) -> QuerySet[Formulary]:
    """Formularies of organisations and of the tight consortia to which they, or those above them, belong."""
    above = Organization.objects.filter(pk__in=list(organizations)).values_list("pk", "part_of_id")
    homes = {pk for pair in above for pk in pair if pk}
    joined = Membership.objects.on(day).filter(organization_id__in=homes, consortium__tightness="tight")
    return Formulary.objects.filter(Q(organization_id__in=homes) | Q(consortium__in=joined.values("consortium")))


def formularies(actor: Actor) -> QuerySet[Formulary]:
    """The formularies within the actor's reach."""
    rows = Formulary.objects.select_related("consortium", "organization").order_by("pk")
    if actor.everything:
        return rows
    reach = actor.organizations(Permission.FORMULARY_READ)
    return rows.filter(pk__in=_of(reach, clock.today()).values("pk"))


def formulary_of(organization_id: int, on: date | None = None) -> Formulary | None:
    """The formulary that holds for an organisation on a day: of its consortium before its own."""
    return _of([organization_id], on or clock.today()).order_by("organization_id", "pk").last()


def keeper_of(formulary: Formulary, on: date | None = None) -> int | None:
    """Who keeps a formulary on a day: the lead of the consortium, or the organisation itself."""
    if formulary.consortium is None:
        return formulary.organization_id
    lead = lead_of(formulary.consortium, on)
    return lead.pk if lead else None


def members(formulary: Formulary, on: date | None = None) -> QuerySet[Organization]:
    """The organisations for which a formulary holds and that keep drugs of their own, the lead first."""
    if formulary.consortium_id is None:
        return Organization.objects.filter(formulary=formulary)
    joined = Membership.objects.on(on).filter(consortium_id=formulary.consortium_id)
    rows = Organization.objects.filter(pk__in=joined.values("organization"))
    return rows.order_by("tier", "code")


def matching(rows: QuerySet[Drug], text: str) -> QuerySet[Drug]:
    """Drugs that answer to a text: name, other name, pinyin, class, or the beginning of a code; every word counts."""
    for word in text.split():
        found = Q(name__contains=word) | Q(aliases__contains=word) | Q(category__contains=word)
        if word.isascii():
            found |= Q(pinyin__contains=word.lower()) | Q(atc__istartswith=word) | Q(national_code__startswith=word)
        rows = rows.filter(found)
    return rows


def with_coverage(rows: QuerySet[Drug], on: date | None = None) -> QuerySet[Drug]:
    """Drugs with ``suppliers``: how many organisations supply each on a day."""
    there = holding(on, start="supplies__start", until="supplies__until")
    return rows.annotate(suppliers=Count("supplies", filter=there))


def supplier_of(organization_id: int, on: date | None = None) -> int | None:
    """Who keeps the drugs for an organisation: itself, or, for one that keeps none, that of which it is a part."""
    above = Organization.objects.filter(pk=organization_id).values_list("part_of_id", flat=True).first()
    homes = [pk for pk in (organization_id, above) if pk]
    keeping = set(
        Supply.objects.on(on)
        .filter(organization_id__in=homes)
        .order_by()
        .values_list("organization_id", flat=True)
        .distinct()
    )
    return next((pk for pk in homes if pk in keeping), None)


def offered(organization_id: int, on: date | None = None) -> QuerySet[Drug]:
    """The drugs that an organisation can supply on a day."""
    return _supplied(supplier_of(organization_id, on), on)


def _supplied(supplier: int | None, on: date | None) -> QuerySet[Drug]:
    there = Supply.objects.on(on).filter(organization=supplier)
    return Drug.objects.on(on).filter(pk__in=there.values("drug"))


Place = Literal["listed", "unsupplied", "unknown"]


@dataclass(frozen=True)
class Standing:
    """How a drug stands at an organisation.

    ``listed``: it can be supplied; ``unsupplied``: it stands in the formulary, but not here; ``unknown``: it stands
    in no formulary. ``substitutes`` are names of the same class that can be supplied, essential medicines first.
    """

    name: str
    place: Place
    drug_id: int | None = None
    category: str = ""
    substitutes: tuple[str, ...] = ()

    @property
    def listed(self) -> bool:
        """Whether it can be supplied."""
        return self.place == "listed"


def standings(organization_id: int, names: Iterable[str], on: date | None = None) -> dict[str, Standing] | None:
    """How each drug stands at an organisation, by the name as written; ``None`` where no formulary is known.

    At most seven statements for any number of drugs, three when all are listed.
    """
    wanted = {name: normal(name) for name in names}
    if not wanted or (supplier := supplier_of(organization_id, on)) is None:
        return None if wanted else {}
    here = {drug.pk: drug for drug in _supplied(supplier, on).filter(names__overlap=list(wanted.values()))}
    found = {name: next((d for d in here.values() if key in d.names), None) for name, key in wanted.items()}
    missing = {name: key for name, key in wanted.items() if found[name] is None}
    known = _elsewhere(organization_id, missing.values(), on) if missing else {}
    classes = {drug.category for drug in known.values() if drug.category}
    same = list(_supplied(supplier, on).filter(category__in=classes).order_by("-essential", "name")) if classes else []
    return {name: _standing(name, key, found[name], known.get(key), same) for name, key in wanted.items()}


def _elsewhere(organization_id: int, keys: Iterable[str], on: date | None) -> dict[str, Drug]:
    """Drugs of the organisation's formulary by the form of their name; one in force goes before a stopped one."""
    formulary = formulary_of(organization_id, on)
    rows = Drug.objects.filter(formulary=formulary, names__overlap=list(keys)).order_by("until", "pk")
    return {key: drug for drug in rows for key in drug.names}


def _standing(name: str, key: str, here: Drug | None, known: Drug | None, same: list[Drug]) -> Standing:
    if here:
        return Standing(name, "listed", here.pk, here.category)
    if known is None:
        return Standing(name, "unknown")
    others = dict.fromkeys(drug.name for drug in same if drug.category == known.category and key not in drug.names)
    return Standing(name, "unsupplied", known.pk, known.category, tuple(others)[:MOST])
