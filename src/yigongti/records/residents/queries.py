"""Reads of this room: finding people, the banner, relations, readers."""

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.ciphers.blind import blind_index

from . import said
from .access import residents_of
from .health_code import PREFIX as HEALTH_CODE
from .health_code import verify
from .models import CareRelation, Resident, SignedCentre
from .names import normalise
from .normal_forms import identity_digits, phone_digits

MOST = 20
#: what lists of people show; the rest stays in the database
LISTED = (
    *("number", "name", "sex", "birth_date", "birth_estimated", "identity_kind", "id_number", "phone"),
    *("died_on", "moved_on", "registered_at", "version", "area__code", "area__name"),
)


@dataclass(frozen=True)
class Wanted:
    """What someone typed into the search box, understood."""

    columns: tuple[str, ...] = ()
    prefix: str = ""
    born: int | None = None
    sex: str | None = None
    id_number: str = ""
    phone: str = ""
    number: str = ""
    health_code: str = ""
    key: str = ""


def understood(text: str) -> Wanted:
    """A name (``王秀``), a given name (``秀英``), pinyin (``wangxiu``), initials (``wxy``), an ID number, a phone, our
    number, a patient's number in another system or a scanned health code. A name may be followed by a year of birth and
    a sex: ``wxy 1958 女``.
    """
    text = text.strip()
    packed = identity_digits(text)
    if packed.startswith(HEALTH_CODE):
        return Wanted(health_code=packed)
    if re.fullmatch(r"JK\d{11}", packed):
        return Wanted(number=packed)
    if re.fullmatch(r"\d{15}|\d{17}[\dX]|[NU]\d{6}[0-9A-Z]{8,9}|[A-Z]{1,3}\d{6,}[A-Z]?", packed):
        return Wanted(id_number=packed, key=text)
    if re.fullmatch(r"[+\d][\d\- ]{6,}", text):
        return Wanted(phone=phone_digits(text), key=text)
    if text.isascii() and " " not in text and len(re.findall(r"\d", text)) > 1:
        return Wanted(key=text)
    return _named(text)


def _named(text: str) -> Wanted:
    words = text.split()
    born = next((int(word) for word in words if re.fullmatch(r"(18|19|20)\d\d", word)), None)
    sex = next(({"男": "1", "女": "2"}[word] for word in words if word in ("男", "女")), None)
    name = normalise("".join(w for w in words if w not in ("男", "女") and not re.fullmatch(r"(18|19|20)\d\d", w)))
    if not name:
        return Wanted()
    if name.isascii():
        key = re.sub(r"[^a-z]", "", name.lower())
        columns = ("name_initials", "other_initials", "name_pinyin", "other_pinyin")
        return Wanted(columns if len(key) <= 4 else columns[2:], key, born, sex)
    return Wanted(("name", "given_name", "inside") if len(name) > 2 else ("name", "given_name"), name, born, sex)


def search(actor: Actor, text: str, most: int = MOST) -> list[Resident]:
    """At most ``most`` residents of the actor's organisations that fit what was typed, best first; four statements.

    Whoever is known by it in another way (a record that became part of theirs, a number of former times, the key of a
    system, a further name or telephone that a system tells) comes last, with :attr:`.Resident.known_as`. Raises Invalid
    for a health code that is forged or too old, Forbidden.
    """
    actor.require(Permission.RESIDENT_SEARCH)
    wanted = understood(text)
    found = residents_of(actor, Permission.RESIDENT_SEARCH).select_related("area").only(*LISTED)
    if wanted.health_code:
        return list(found.filter(pk=verify(wanted.health_code, clock.now())))
    rows = _as_they_are(found, wanted, most)
    return [*rows, *_otherwise(found, wanted, most - len(rows), {row.pk for row in rows})]


def _as_they_are(found: QuerySet[Resident], wanted: Wanted, most: int) -> list[Resident]:
    if wanted.number:
        return list(found.filter(number=wanted.number))
    if wanted.id_number:
        return list(found.filter(id_number_index=blind_index("id_number", wanted.id_number))[:most])
    if wanted.phone:
        return list(found.filter(phone_index=blind_index("phone", wanted.phone))[:most])
    ids = _ids(wanted, most) if wanted.prefix else []
    rows = found.in_bulk(ids)
    return [rows[key] for key in ids if key in rows]


#: how a search found somebody, in words
KNOWN_AS = {
    "merged": "原档案 {was} 已合并到这份档案",
    "former": "曾用这个证件号码",
    "number": "{was} 登记过这个证件号码",
    "key": "{was}",
    "also-name": "{was} 还登记过这个姓名",
    "also-phone": "{was} 登记过这个电话",
}


def _otherwise(found: QuerySet[Resident], wanted: Wanted, most: int, known: set[UUID]) -> list[Resident]:
    """Who is known by what was typed in another way; only those within reach."""
    indexes = list(blind_index("id_number", wanted.id_number)) if wanted.id_number else []
    if most < 1 or not (indexes or wanted.number or wanted.key or wanted.prefix):
        return []
    ways = _said_by(wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT resident, how, was FROM residents_known_as(%s::bytea[], %s, %s, %s) WHERE resident IS NOT NULL",
            [indexes, wanted.number, wanted.key, wanted.prefix],
        )
        ways |= {resident: KNOWN_AS[how].format(was=was) for resident, how, was in cursor.fetchall()}
    rows = list(found.filter(pk__in=ways.keys() - known).order_by("pk")[:most]) if ways.keys() - known else []
    for row in rows:
        row.known_as = ways[row.pk]
    return rows


def _said_by(wanted: Wanted) -> dict[UUID, str]:
    """Whom systems know by a further name, written out, or by another telephone than their first."""
    whole = wanted.prefix if len(wanted.prefix) > 1 and not wanted.prefix.isascii() else ""
    if not (whole or wanted.phone):
        return {}
    names = list(blind_index(said.NAME, whole)) if whole else []
    phones = list(blind_index(said.PHONE, wanted.phone)) if wanted.phone else []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT resident, how, was FROM residents_said_by(%s::bytea[], %s::bytea[]) WHERE resident IS NOT NULL",
            [names, phones],
        )
        return {resident: KNOWN_AS[how].format(was=was) for resident, how, was in cursor.fetchall()}


def _ids(wanted: Wanted, most: int) -> list[UUID]:
    prefix = wanted.prefix
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT residents_search(%s, %s, %s, %s, %s)",
            [list(wanted.columns), prefix, wanted.born, wanted.sex, most],
        )
        return list(cursor.fetchone()[0])


def signed_centre(resident_id: UUID, on: date | None = None) -> SignedCentre | None:
    """The centre with which the resident is signed on a day (default: today)."""
    found = SignedCentre.objects.on(on).filter(resident_id=resident_id).select_related("organization", "doctor")
    return found.first()


def has_consent(resident: Resident, kind: str) -> bool:
    """Whether the resident agrees now."""
    return resident.consents.filter(kind=kind, withdrawn_at=None).exists()


def relations_of(resident_id: UUID) -> QuerySet[CareRelation]:
    """Every organisation that may open the record, or could before, the newest first."""
    return CareRelation.objects.filter(resident_id=resident_id).select_related("organization").order_by("-since", "-pk")


def readers_of(resident_id: UUID) -> QuerySet[Entry]:
    """Who read the record, the newest first: also the records that became part of it, before and since.

    A record that was part of another one for a while was read with it: those readings count for it too.
    """
    looks = (Entry.Action.READ, Entry.Action.EMERGENCY, Entry.Action.EXPORT)
    whose = Q(resident_id=resident_id)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id, NULL::timestamptz, NULL::timestamptz FROM residents_losers(%s)
            UNION ALL SELECT survivor, since, until FROM residents_together(%s)""",
            [resident_id, resident_id],
        )
        for other, since, until in cursor.fetchall():
            whose |= Q(resident_id=other, at__gte=since, at__lt=until) if since else Q(resident_id=other)
    return Entry.objects.filter(whose, action__in=looks).order_by("-at")


def register(actor: Actor) -> QuerySet[Resident]:
    """The residents of the actor's organisations, those who were registered last first."""
    return residents_of(actor, Permission.RESIDENT_SEARCH).select_related("area").only(*LISTED).order_by("-pk")
