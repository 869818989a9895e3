"""What systems say of people, for the tests of the index."""

from datetime import date
from itertools import count
from typing import Any

from records_community import Community

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.records.residents.identity import generate
from yigongti.records.residents.models import MatchDecision, MatchReview, SourceIdentity, SourceSystem
from yigongti.records.residents.services.matching import tie

_keys = count(1)
NUMBER = generate(date(1965, 3, 12), "1", "431127", 7)
ANOTHER = generate(date(1965, 3, 12), "1", "431127", 8)


def with_systems(community: Community) -> Community:
    """The community with four source systems of the hospital."""
    with acting(SYSTEM):
        for code, kind in (("his", "his"), ("lis", "lis"), ("civil", "civil"), ("insurance", "insurance")):
            SourceSystem.objects.create(code=code, title=code, kind=kind, organization=community.hospital)
    return community


def told(source: str = "his", **fields: Any) -> SourceIdentity:
    """What a system says of a person; not tied yet."""
    fields = {"name": "张建国", "sex": "1", "birth_date": date(1965, 3, 12), **fields}
    fields.setdefault("source_key", f"k{next(_keys)}")
    with acting(SYSTEM):
        return SourceIdentity.objects.create(source_id=source, **fields)


def again(identity: SourceIdentity, **fields: Any) -> SourceIdentity:
    """The system says something else now."""
    with acting(SYSTEM):
        identity = SourceIdentity.objects.get(pk=identity.pk)
        for name, value in fields.items():
            setattr(identity, name, value)
        identity.state, identity.version = "new", identity.version + 1
        identity.save()
        tie()
        return SourceIdentity.objects.get(pk=identity.pk)


def tied(*identities: SourceIdentity) -> list[SourceIdentity]:
    tie()
    with acting(SYSTEM):
        found = SourceIdentity.objects.select_related("resident").in_bulk([one.pk for one in identities])
        return [found[one.pk] for one in identities]


def decision(identity: SourceIdentity) -> MatchDecision:
    with acting(SYSTEM):
        return MatchDecision.objects.filter(identity=identity).order_by("-at", "-pk")[0]


def open_reviews(identity: SourceIdentity) -> list[MatchReview]:
    with acting(SYSTEM):
        return list(MatchReview.objects.filter(identity=identity, closed_at=None).select_related("decision"))
