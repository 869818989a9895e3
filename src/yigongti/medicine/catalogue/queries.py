"""Reading formularies, as of a day: whose, what is in it, who can supply it, and what may stand for it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

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


def with_coverage(rows: QuerySet[Drug], on: date | None = None) -> Any:
    """Drugs with ``suppliers``: how many organisations supply each on a day."""
    there = holding(on, start="supplies__start", until="supplies__until")
    return rows.annotate(suppliers=Count("supplies", filter=there))


def suppliers_of(organizations: Iterable[int], on: date | None = None) -> dict[int, tuple[int, int]]:
    """Organisation → who keeps its drugs, and by which formulary. Two statements for any number.

    It keeps them itself, or, where it keeps none, that of which it is a part does; where neither does it is left out.
    """
    homes = dict(Organization.objects.filter(pk__in=list(organizations)).values_list("pk", "part_of_id"))
    there = Supply.objects.on(on).filter(organization_id__in={pk for pair in homes.items() for pk in pair if pk})
    keeping = dict(there.order_by().values_list("organization_id", "drug__formulary_id").distinct())
    found = {pk: next((one for one in (pk, above) if one in keeping), None) for pk, above in homes.items()}
    return {pk: (supplier, keeping[supplier]) for pk, supplier in found.items() if supplier}


def offered(organization_id: int, on: date | None = None) -> QuerySet[Drug]:
    """The drugs that an organisation can supply on a day."""
    supplier = suppliers_of([organization_id], on).get(organization_id)
    there = Supply.objects.on(on).filter(organization_id=supplier[0] if supplier else 0)
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
    """How each drug stands at an organisation, by the name as written; ``None`` where no formulary is known."""
    return standings_at({organization_id: list(names)}, on)[organization_id]


def standings_at(
    wanted: Mapping[int, Collection[str]], on: date | None = None
) -> dict[int, dict[str, Standing] | None]:
    """How each drug stands at each organisation. Five statements for any number of both, three when all are listed."""
    keys = {name: normal(name) for names in wanted.values() for name in names}
    suppliers = suppliers_of(wanted, on) if keys else {}
    here = _shelf(suppliers, on, drug__names__overlap=list(keys.values())) if suppliers else {}
    missing = {
        (suppliers[place][1], keys[name])
        for place, names in wanted.items()
        if place in suppliers
        for name in names
        if _among(here.get(suppliers[place][0], ()), keys[name]) is None
    }
    known = _entries(missing) if missing else {}
    classes = {drug.category for drug in known.values() if drug.category}
    same = _shelf(suppliers, on, drug__category__in=classes) if classes else {}
    found: dict[int, dict[str, Standing] | None] = dict.fromkeys(wanted)
    for place, (supplier, formulary) in suppliers.items():
        found[place] = {
            name: _standing(
                name,
                keys[name],
                _among(here.get(supplier, ()), keys[name]),
                known.get((formulary, keys[name])),
                same.get(supplier, ()),
            )
            for name in wanted[place]
        }
    return found


def _shelf(suppliers: Mapping[int, tuple[int, int]], on: date | None, **which: Any) -> dict[int, list[Drug]]:
    """Supplier → the drugs of a kind that it supplies, essential medicines first."""
    rows = Supply.objects.on(on).filter(holding(on, start="drug__start", until="drug__until"), **which)
    rows = rows.filter(organization_id__in={supplier for supplier, _ in suppliers.values()})
    found: dict[int, list[Drug]] = {}
    for row in rows.select_related("drug").order_by("-drug__essential", "drug__name"):
        found.setdefault(row.organization_id, []).append(row.drug)
    return found


def _among(drugs: Iterable[Drug], key: str) -> Drug | None:
    return next((drug for drug in drugs if key in drug.names), None)


def _entries(missing: Collection[tuple[int, str]]) -> dict[tuple[int, str], Drug]:
    """What formularies say of drugs, by the form of the name; one in force goes before a stopped one."""
    formularies_of, keys = ({pair[n] for pair in missing} for n in (0, 1))
    rows = Drug.objects.filter(formulary_id__in=formularies_of, names__overlap=list(keys)).order_by("until", "pk")
    return {(drug.formulary_id, key): drug for drug in rows for key in drug.names}


def _standing(name: str, key: str, here: Drug | None, known: Drug | None, same: Iterable[Drug]) -> Standing:
    if here:
        return Standing(name, "listed", here.pk, here.category)
    if known is None:
        return Standing(name, "unknown")
    others = dict.fromkeys(drug.name for drug in same if drug.category == known.category and key not in drug.names)
    return Standing(name, "unsupplied", known.pk, known.category, tuple(others)[:MOST])
