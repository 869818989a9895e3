"""The duty of a grid follows the register of grids: who takes over may open the records, who gave up may not any more.

What a resident's own move changes is :func:`.services.relations.follow_grid`; here a grid is drawn, handed over or
ended, and the people of its area follow as a set. A change dated ahead is settled on its day by the pulse, and so is a
signing dated ahead.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.events.outbox import consumer
from yigongti.kernel.jobs.pulse import pulse
from yigongti.registry.places.models import Grid

#: who is responsible for a resident: the grids of the smallest area around the home that has any
FOLLOW = """
WITH duty AS MATERIALIZED (
    SELECT DISTINCT r.id AS resident, g.code, o.organization FROM residents_resident r
     CROSS JOIN LATERAL (
        SELECT code, centre_id, station_id, rank() OVER (ORDER BY length(area_id) DESC) AS place FROM places_grid
         WHERE area_id IN (left(r.area_id, 12), left(r.area_id, 9), left(r.area_id, 6))
           AND start <= %(today)s AND (until IS NULL OR until > %(today)s)) g
     CROSS JOIN LATERAL (VALUES (g.centre_id), (g.station_id)) o(organization)
     WHERE g.place = 1 AND o.organization IS NOT NULL AND r.moved_on IS NULL AND r.merged_into_id IS NULL
       AND r.area_id LIKE ANY (%(areas)s)
), held AS MATERIALIZED (
    SELECT c.id, c.resident_id, c.organization_id, c.source FROM residents_carerelation c
      JOIN residents_resident r ON r.id = c.resident_id
     WHERE r.area_id LIKE ANY (%(areas)s) AND c.kind = 'grid' AND (c.until IS NULL OR c.until > statement_timestamp())
), ended AS (
    UPDATE residents_carerelation c SET until = %(now)s FROM held h
     WHERE c.id = h.id AND NOT EXISTS (
        SELECT 1 FROM duty d
         WHERE d.resident = h.resident_id AND d.organization = h.organization_id AND d.code = h.source)
    RETURNING 1
), began AS (
    INSERT INTO residents_carerelation (resident_id, organization_id, kind, source, since)
    SELECT d.resident, d.organization, 'grid', d.code, %(now)s::timestamptz FROM duty d
     WHERE NOT EXISTS (
        SELECT 1 FROM held h
         WHERE h.resident_id = d.resident AND h.organization_id = d.organization AND h.source = d.code)
    ON CONFLICT DO NOTHING RETURNING 1
)
SELECT (SELECT count(*) FROM ended), (SELECT count(*) FROM began)
"""


def follow_grids(areas: Collection[str]) -> tuple[int, int]:
    """Bring the grid relations of all who live in the areas in line; how many ended and how many began."""
    within = [f"{area}%" for area in sorted(set(areas)) if area]
    if not within:
        return 0, 0
    params: dict[str, Any] = {"today": clock.today(), "now": clock.now(), "areas": within}
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(FOLLOW, params)
        ended, began = cursor.fetchone()
        return ended, began


@consumer("GridHandedOver")
def handed_over(payload: dict[str, Any]) -> None:
    """Another centre is responsible from a day on."""
    _if_it_holds(payload)


@consumer("GridEnded")
def given_up(payload: dict[str, Any]) -> None:
    """The people fall to the grid of the area above."""
    _if_it_holds(payload)


@consumer("GridDrawn")
def drawn(payload: dict[str, Any]) -> None:
    """A centre takes an area, or a grid was corrected."""
    _if_it_holds(payload)


def _if_it_holds(payload: dict[str, Any]) -> None:
    if date.fromisoformat(payload["on"]) <= clock.today():
        follow_grids([payload["area"], payload.get("before_area", "")])


@pulse(every=3600)
def grids_of_the_day() -> bool:
    """Grids that begin or end today or did yesterday."""
    days = [clock.today() - timedelta(days=n) for n in (0, 1)]
    with acting(SYSTEM):
        areas = set(Grid.objects.filter(Q(start__in=days) | Q(until__in=days)).values_list("area_id", flat=True))
    follow_grids(areas)
    return False


#: signings in force that began today or yesterday, of people still here, without the relation that goes with them
BEGIN = """
INSERT INTO residents_carerelation (resident_id, organization_id, kind, source, since, until)
SELECT s.resident_id, s.organization_id, 'signed', '', %(now)s, s.until::timestamp AT TIME ZONE %(zone)s
  FROM residents_signedcentre s JOIN residents_resident r ON r.id = s.resident_id
 WHERE s.start BETWEEN %(today)s - 1 AND %(today)s AND (s.until IS NULL OR s.until > %(today)s)
   AND r.died_on IS NULL AND r.moved_on IS NULL
   AND NOT EXISTS (
        SELECT 1 FROM residents_carerelation c
         WHERE c.resident_id = s.resident_id AND c.organization_id = s.organization_id AND c.kind = 'signed'
           AND (c.until IS NULL OR c.until > statement_timestamp()))
ON CONFLICT DO NOTHING
"""


@pulse(every=3600)
def signings_of_the_day() -> bool:
    """Signings that were dated ahead and begin today (or began yesterday) open the record."""
    zone = timezone.get_default_timezone_name()
    params: dict[str, Any] = {"now": clock.now(), "today": clock.today(), "zone": zone}
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(BEGIN, params)
    return False
