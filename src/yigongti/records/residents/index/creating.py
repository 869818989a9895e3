"""New residents from identities that are nobody's yet, in a few statements for a whole load.

A number is taken over only when it is valid and nobody else has it; it stays on the identity in any case. A person
without a name is named as the house names newborns and unknown people.
"""

from collections.abc import Collection
from uuid import UUID

from yigongti.kernel import clock
from yigongti.kernel.cases.keys import new_id

from ..documents import DocumentKind
from ..temporary import newborn_number, unknown_number
from .tables import filled, rows, run

HEADS = """
INSERT INTO index_new (identity, resident, numbered, mother, named, kind, source, area)
SELECT t.identity, k.resident, t.valid AND t.kind IN ('01','03','04','05','06','07','92','93','94','99')
       AND NOT EXISTS (SELECT 1 FROM residents_resident r
                        WHERE r.identity_kind = t.kind AND r.id_number_index = t.number_index)
       AND row_number() OVER (PARTITION BY t.kind, t.number_index ORDER BY t.identity) = 1 AS numbered,
       m.resident_id AS mother, t.name <> '' AS named, t.kind, t.source, t.area
  FROM index_tied t JOIN index_keys k USING (identity)
  LEFT JOIN residents_sourceidentity m ON t.mother_key <> '' AND m.source = t.source AND m.source_key = t.mother_key
 WHERE t.outcome IS NULL AND t.leader IS NULL AND t.held IS NULL
RETURNING named, area IS NOT NULL, mother IS NOT NULL OR kind = '91'
"""
INSERT = """
INSERT INTO residents_resident (id, number, name, name_pinyin, name_initials, other_pinyin, other_initials, given_name,
    sex, birth_date, birth_estimated, identity_kind, id_number, id_number_index, phone, phone_index, address, area_id,
    ethnicity, blood_type, insurance_kind, features, mother_id, died_on, registered_at, registered_by_id, version, told)
SELECT n.resident, resident_number(), coalesce(s.name, t.name), coalesce(s.pinyin, t.pinyin),
       coalesce(s.initials, t.initials), coalesce(s.other_pinyin, t.other_pinyin),
       coalesce(s.other_initials, t.other_initials), coalesce(s.given, t.given),
       t.sex, coalesce(t.born, DATE '1900-01-01'), t.born IS NULL,
       CASE WHEN n.numbered THEN t.kind WHEN n.mother IS NOT NULL AND t.valid IS NOT TRUE THEN '90'
            WHEN t.kind = '91' OR t.written = '' THEN '91' ELSE '99' END,
       CASE WHEN n.numbered THEN i.id_number END, CASE WHEN n.numbered THEN t.number_index END,
       i.phone, i.phone_index, i.address, i.area_id, '', '', '', '', n.mother,
       CASE WHEN i.died_on >= coalesce(t.born, DATE '1900-01-01') THEN i.died_on END,
       %s, coalesce(o.organization_id, (SELECT coalesce(min(id) FILTER (WHERE tier = 'authority'), min(id))
                                          FROM organizations_organization)), 1, jsonb_build_object('*', i.source)
  FROM index_new n JOIN index_tied t USING (identity) JOIN residents_sourceidentity i ON i.id = n.identity
  JOIN residents_sourcesystem o ON o.code = i.source LEFT JOIN index_called s ON s.identity = n.identity
"""
#: one relation of an organisation, however many of its systems know the person
RELATED = """
INSERT INTO residents_carerelation (resident_id, organization_id, kind, source, since)
SELECT n.resident, o.organization_id, 'registered', '', %s::timestamptz
  FROM index_new n JOIN residents_sourcesystem o ON o.code = n.source WHERE o.organization_id IS NOT NULL
ON CONFLICT DO NOTHING
"""
#: the grid of the area, else that of the area above it
IN_GRID = """
INSERT INTO residents_carerelation (resident_id, organization_id, kind, source, since)
SELECT n.resident, made.organization, 'grid', made.code, %s::timestamptz
  FROM (SELECT DISTINCT area FROM index_new WHERE area IS NOT NULL) lived
 CROSS JOIN LATERAL (
    SELECT DISTINCT g.code, unnest(array_remove(ARRAY[g.centre_id, g.station_id], NULL)) AS organization
      FROM places_grid g WHERE g.start <= %s::date AND (g.until IS NULL OR g.until > %s::date)
       AND g.area_id = (
           SELECT a.area_id FROM places_grid a
            WHERE a.start <= %s::date AND (a.until IS NULL OR a.until > %s::date)
              AND a.area_id IN (left(lived.area, 12), left(lived.area, 9), left(lived.area, 6))
            ORDER BY length(a.area_id) DESC LIMIT 1)
 ) made JOIN index_new n ON n.area = lived.area
ON CONFLICT DO NOTHING
"""


def create(identities: Collection[UUID]) -> int:
    """A resident for every head among the identities that is nobody's yet; returns how many. Their identities point to
    them afterwards.
    """
    heads = rows(HEADS, index_keys=[(identity, new_id()) for identity in sorted(identities)])
    if not heads:
        return 0
    filled("index_new")
    named, housed, temporary = (list(column) for column in zip(*heads, strict=True))
    if not all(named):
        _nameless()
    filled("index_called")
    now, today = clock.now(), clock.today()
    run(INSERT, [now])
    run(RELATED, [now])
    if any(housed):
        run(IN_GRID, [now, today, today, today, today])
    if any(temporary) or not all(named):
        _temporary_numbers()
    run(
        "UPDATE index_tied t SET found = n.resident, outcome = 'created' FROM index_new n WHERE n.identity = t.identity"
    )
    return len(heads)


def _nameless() -> None:
    """Newborns are called after their mothers, unknown people by the day; few, so one by one."""
    from ..models import Resident

    found = rows(
        """SELECT n.identity, t.sex, r.name FROM index_new n JOIN index_tied t USING (identity)
        LEFT JOIN residents_resident r ON r.id = n.mother
        WHERE n.named IS NOT TRUE ORDER BY n.identity"""
    )
    for identity, sex, mother in found:
        person = Resident()
        called = {"1": "之子", "2": "之女"}.get(sex, "之婴")
        person.call(f"{mother}{called}" if mother else f"无名氏{str(identity)[-4:].upper()}")
        run(
            "INSERT INTO index_called VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [
                identity,
                person.name,
                person.name_pinyin,
                person.name_initials,
                person.other_pinyin,
                person.other_initials,
                person.given_name,
            ],
        )


def _temporary_numbers() -> None:
    """The numbers of newborns and unknown people who got a record just now."""
    from ..models import Resident

    found = rows(
        """SELECT n.resident FROM index_new n JOIN residents_resident r ON r.id = n.resident
        WHERE r.identity_kind IN ('90', '91') AND r.id_number IS NULL ORDER BY n.identity"""
    )
    for person in Resident.objects.filter(pk__in=[row[0] for row in found]).order_by("pk"):
        person.id_number = _newborn(person) if person.identity_kind == DocumentKind.NEWBORN else _unknown()
        if person.id_number:
            person.save(update_fields=["id_number", "id_number_index"])


def _newborn(person: object) -> str | None:
    from yigongti.kernel.ciphers.blind import blind_index

    from ..models import Resident

    assert isinstance(person, Resident)
    for order in range(1, 10):
        number = newborn_number(UUID(str(person.mother_id)), person.birth_date, order)
        if not Resident.objects.filter(id_number_index=blind_index("id_number", number)).exists():
            return number
    return None


def _unknown() -> str:
    return unknown_number(clock.today())
