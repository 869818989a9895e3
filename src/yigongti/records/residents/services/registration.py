"""Registering people: with a document, newborn, unknown; correcting what is known about them."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ciphers.blind import blind_index
from yigongti.kernel.errors import Conflict, Invalid, Stale
from yigongti.registry.places.models import Area

from .. import events
from ..access import access_resident, working_at
from ..documents import DocumentKind, document_number
from ..identity import IdentityNumber
from ..models import CareRelation, Contact, Resident
from ..normal_forms import phone_digits
from ..temporary import newborn_number, unknown_number
from .desk import at_desk
from .relations import follow_grid, open_relation

#: what :func:`correct` may change besides identity and address
CORRECTABLE = frozenset({"name", "sex", "birth_date", "phone", "ethnicity", "blood_type", "insurance_kind", "features"})


class AlreadyRegistered(Conflict):
    """The document belongs to someone who has a record already: ``resident_id`` leads there."""

    kind = "already-registered"

    def __init__(self, resident_id: UUID, name: str) -> None:
        super().__init__(
            f"该证件已经建档：{name[:1]}{'*' * (len(name) - 1)}",
            hint="请直接打开已有档案；不在您机构的服务范围内时，刷证件接诊即可打开",
            field="id_number",
            resident_id=str(resident_id),
        )
        self.resident_id = resident_id


def register(
    actor: Actor,
    *,
    name: str,
    id_number: str,
    identity_kind: str = DocumentKind.ID_CARD,
    sex: str = "",
    birth_date: date | None = None,
    area_code: str | None = None,
    contacts: Iterable[dict[str, str]] = (),
    **details: Any,
) -> Resident:
    """Register a person with a document. An ID card tells sex and birth date; what is typed must agree with it.

    ``details``: phone, address, ethnicity, blood_type, insurance_kind. ``contacts``: name, relation, phone.
    Raises Invalid (with the field), :class:`AlreadyRegistered`, Forbidden.
    """
    kind = DocumentKind(identity_kind)
    if not kind.lasting:
        raise Invalid("新生儿和身份不明者请用各自的登记页", field="identity_kind")
    number, sex, birth_date = identified(kind, id_number, sex, birth_date)
    resident = Resident(identity_kind=kind, id_number=number, sex=sex, birth_date=birth_date)
    resident.call(_name(name))
    return _enter(actor, resident, area_code, contacts, **details)


def register_newborn(
    actor: Actor,
    *,
    mother_id: UUID,
    sex: str,
    birth_date: date | None = None,
    order: int = 1,
    name: str = "",
) -> Resident:
    """Register a newborn by its mother and its order in the birth; until named it is called after her."""
    with acting(actor):
        mother = access_resident(actor, mother_id, Permission.RESIDENT_REGISTER)
        if mother.sex == Resident.Sex.MALE:
            raise Invalid(f"{mother.name}登记的性别为男，不能登记为母亲", field="mother")
        born = _past(birth_date or clock.today(), "birth_date")
        if not 1 <= order <= 9:
            raise Invalid("胎次顺序应为 1–9", field="order")
        child = Resident(
            identity_kind=DocumentKind.NEWBORN,
            id_number=newborn_number(mother.pk, born, order),
            sex=_sex(sex),
            birth_date=born,
            mother=mother,
            area_id=mother.area_id,
            address=mother.address,
            phone=mother.phone,
        )
        called = {Resident.Sex.MALE: "之子", Resident.Sex.FEMALE: "之女"}.get(Resident.Sex(child.sex), "之婴")
        child.call(name or f"{mother.name}{called}{order if order > 1 else ''}")
        return _enter(actor, child, mother.area_id)


def register_unknown(
    actor: Actor, *, sex: str = Resident.Sex.UNKNOWN, estimated_age: int, place: str, features: str
) -> Resident:
    """Register someone whom nobody knows: where they were found, an estimated age (years), what they look like."""
    if not 0 <= estimated_age <= 120:
        raise Invalid("估计年龄应为 0–120 岁", field="estimated_age")
    if not (place.strip() and features.strip()):
        raise Invalid("请写明发现地点和特征，便于查明身份", field="features" if place.strip() else "place")
    today = clock.today()
    number = unknown_number(today)
    resident = Resident(
        identity_kind=DocumentKind.UNKNOWN,
        id_number=number,
        sex=_sex(sex),
        birth_date=date(today.year - estimated_age, 1, 1),
        birth_estimated=True,
        features=f"{place.strip()}；{features.strip()}"[:256],
    )
    resident.call(f"无名氏{number.split('-')[1][:4]}")
    return _enter(actor, resident, None)


def identify(
    actor: Actor,
    *,
    resident_id: UUID,
    version: int,
    name: str,
    id_number: str,
    identity_kind: str = DocumentKind.ID_CARD,
    sex: str = "",
    birth_date: date | None = None,
) -> Resident:
    """A newborn or unknown person now has a document: the record stays, the identity becomes real.

    Raises :class:`AlreadyRegistered` when the document has a record of its own.
    """
    kind = DocumentKind(identity_kind)
    with acting(actor):
        resident = _held(actor, resident_id, version)
        if resident.identity_kind not in (DocumentKind.NEWBORN, DocumentKind.UNKNOWN):
            raise Conflict("这份档案已有正式证件", hint="证件有误时请用“更正”", field="id_number")
        number, resident.sex, resident.birth_date = identified(kind, id_number, sex, birth_date)
        _refuse_duplicate(number, kind)
        resident.call(_name(name))
        resident.identity_kind, resident.id_number, resident.birth_estimated = kind, number, False
        _here(resident, "name", "document", "sex", "birth_date")
        return _store(resident)


def correct(
    actor: Actor,
    *,
    resident_id: UUID,
    version: int,
    id_number: str | None = None,
    identity_kind: str | None = None,
    **changes: Any,
) -> Resident:
    """Correct what is written about a person. ``version`` is what the actor saw; old values stay in the audit.

    Raises Stale, Invalid, :class:`AlreadyRegistered`.
    """
    if stranger := changes.keys() - CORRECTABLE:
        raise Invalid(f"不能这样更正：{'、'.join(sorted(stranger))}", hint="地址请用“变更住址”")
    with acting(actor):
        resident = _held(actor, resident_id, version)
        given = set(changes)
        if "name" in changes:
            resident.call(_name(changes.pop("name")))
        if "phone" in changes:
            changes["phone"] = _phone(changes["phone"])
        for field, value in changes.items():
            setattr(resident, field, value)
        _here(resident, *given & {"name", "sex", "birth_date", "phone"}, *(["document"] if id_number else []))
        resident.birth_estimated &= "birth_date" not in changes
        kind = DocumentKind(identity_kind or resident.identity_kind)
        if id_number is not None or {"sex", "birth_date"} & changes.keys() or identity_kind:
            before = resident.id_number
            number, resident.sex, resident.birth_date = identified(
                kind, id_number or before or "", resident.sex, resident.birth_date
            )
            if number != before:
                _refuse_duplicate(number, kind)
            resident.identity_kind, resident.id_number = kind, number
        return _store(resident)


def move(actor: Actor, *, resident_id: UUID, version: int, area_code: str | None, address: str = "") -> Resident:
    """The person lives elsewhere now: the grid, and with it who is responsible, follows the address."""
    with acting(actor):
        resident = _held(actor, resident_id, version)
        resident.area = _area(area_code)
        resident.address = address or None
        _here(resident, "area", "address")
        _store(resident)
        events.responsibility_changed(resident.pk, follow_grid(resident))
        return resident


def identified(kind: DocumentKind, id_number: str, sex: str, birth_date: date | None) -> tuple[str, str, date]:
    """Number, sex and birth date that agree. Raises Invalid naming the field that does not."""
    number = document_number(kind, id_number)
    if isinstance(number, IdentityNumber):
        if birth_date and birth_date != number.birth_date:
            raise Invalid(f"出生日期与身份证不符，身份证上是 {number.birth_date:%Y-%m-%d}", field="birth_date")
        if sex in (Resident.Sex.MALE, Resident.Sex.FEMALE) and sex != number.sex:
            raise Invalid(f"性别与身份证不符，身份证上是{Resident.Sex(number.sex).label}", field="sex")
        return number, number.sex, number.birth_date
    if birth_date is None:
        raise Invalid("请填写出生日期", field="birth_date")
    return number, _sex(sex), _past(birth_date, "birth_date")


def _enter(
    actor: Actor,
    resident: Resident,
    area_code: str | None,
    contacts: Iterable[dict[str, str]] = (),
    **details: Any,
) -> Resident:
    """Store a new person with the relations that follow from registering and from where they live."""
    with acting(actor):
        organization = working_at(actor, Permission.RESIDENT_REGISTER)
        _refuse_duplicate(str(resident.id_number), DocumentKind(resident.identity_kind))
        for field, value in details.items():
            setattr(resident, field, value)
        resident.phone = _phone(str(resident.phone or ""))
        resident.area = _area(area_code)
        resident.registered_by_id = organization
        resident.registered_at = clock.now()
        with connection.cursor() as cursor:
            cursor.execute("SELECT resident_number()")
            resident.number = cursor.fetchone()[0]
        resident.save(force_insert=True)
        open_relation(resident_id=resident.pk, organization_id=organization, kind=CareRelation.Kind.REGISTERED)
        follow_grid(resident)
        for contact in contacts:
            Contact.objects.create(resident=resident, **contact)
        return resident


def _refuse_duplicate(number: str, kind: DocumentKind) -> None:
    """Raise :class:`AlreadyRegistered` if someone has the document; two who register at once wait for each other."""
    if kind is DocumentKind.HOUSEHOLD:
        return
    indexes = blind_index("id_number", number)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(encode(%s, 'hex'), 0))", [indexes[0]])
    for found in at_desk(indexes):
        raise AlreadyRegistered(found.id, found.name)


def _held(actor: Actor, resident_id: UUID, version: int) -> Resident:
    """The resident, locked, as the actor saw it. Raises Stale if someone was faster."""
    resident = access_resident(actor, resident_id, Permission.RESIDENT_REGISTER, lock=True)
    if resident.version != version:
        raise Stale(
            "在您打开页面之后，别人已经修改了这位居民的信息", hint="请刷新页面，核对后再保存；您填写的内容已保留"
        )
    return resident


def _here(resident: Resident, *fields: str) -> None:
    """These fields were entered on our pages: no source changes them unless it is trusted more."""
    resident.told = {**(resident.told or {}), **dict.fromkeys(fields, "here")}


def _store(resident: Resident) -> Resident:
    resident.version += 1
    resident.save(force_update=True)
    return resident


def _name(text: str) -> str:
    if not text.strip():
        raise Invalid("请填写姓名", field="name")
    return text


def _sex(code: str) -> str:
    if code not in Resident.Sex.values:
        raise Invalid("请选择性别", field="sex")
    return code


def _past(day: date, field: str) -> date:
    if day > clock.today():
        raise Invalid("日期不能晚于今天", field=field)
    return day


def _phone(text: str | None) -> str | None:
    digits = phone_digits(text or "")
    if digits and not 7 <= len(digits) <= 15:
        raise Invalid("电话应为 7–15 位数字", field="phone")
    return text.strip() if text and digits else None


def _area(code: str | None) -> Area | None:
    if not code:
        return None
    area = Area.objects.filter(pk=code).first()
    if area is None:
        raise Invalid(f"没有区划代码 {code}", hint="请从列表中选择村（社区）", field="area")
    return area
