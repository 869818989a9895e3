"""Finding concepts by code, name or pinyin initials."""

from datetime import date

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Length, Upper

from yigongti.kernel import clock
from yigongti.registry.terminology.models import Concept

#: fewer letters than this have no trigram: only the beginning is compared
TRIGRAM = 3


def concepts(system: str, on: date | None = None) -> QuerySet[Concept]:
    """The concepts of a system that are offered on a day."""
    day = on or clock.today()
    return Concept.objects.filter(Q(retired_on__isnull=True) | Q(retired_on__gt=day), system=system)


def matching(rows: QuerySet[Concept], text: str) -> QuerySet[Concept]:
    """The rows that answer to a text: every word is the beginning of the code, or part of the name or of its initials.

    ``高血压``, ``gxy``, ``i10`` and ``高血压 3级`` all find what they should; the closest comes first.
    """
    words = text.split()
    if not words:
        return rows
    rows = rows.annotate(key=Upper("code"))
    for word in words:
        rows = rows.filter(_answers(word))
    first = words[0]
    nearness = Case(
        When(key=first.upper(), then=Value(0)),
        When(Q(name=text.strip()) | Q(initials=first.lower()), then=Value(1)),
        When(key__startswith=first.upper(), then=Value(2)),
        When(Q(name__startswith=first) | Q(initials__startswith=first.lower()), then=Value(3)),
        default=Value(4),
        output_field=IntegerField(),
    )
    return rows.order_by(nearness, Length("name"), "code")


def _answers(word: str) -> Q:
    if not word.isascii():
        return Q(name__contains=word)
    initials = "initials__contains" if len(word) >= TRIGRAM else "initials__startswith"
    return Q(key__startswith=word.upper()) | Q(**{initials: word.lower()})


def search_concepts(system: str, text: str, *, on: date | None = None, limit: int = 20) -> list[Concept]:
    """The concepts nearest to what was typed, at most ``limit``."""
    return list(matching(concepts(system, on), text)[:limit])


def concept(system: str, code: str) -> Concept | None:
    """One concept, also a retired one."""
    return Concept.objects.filter(system=system, code=code).first()
