"""Dashboards from stored results: server time and statements of each page.

``python -m bench.dashboards [organisations] [months]`` (default 60 and 14; for the documents: 200 36). Every computed
indicator has a number for every unit, month, quarter and year, and every twentieth published number has moved.
"""

import sys
from typing import Any

from bench import county, pages
from bench.client import Wire
from bench.report import Result, figure, p95, tell
from bench.stand import Stand

CENTRES = 20
LATEST = "date_trunc('month', now())"
NUMBERS = f"""
    INSERT INTO results_result (measure_id, unit_id, type, period, stratum, part, numerator, denominator, value,
                                reported, expected, guarded, run_id)
    SELECT m.id, u.id, p.type, p.period, '', '', c.count, c.n, round(100.0 * c.count / c.n, 6), 1, 1, false, %(run)s
    FROM results_measure m CROSS JOIN results_unit u
    CROSS JOIN (
        SELECT DISTINCT type, to_char(at, format) AS period
        FROM generate_series({LATEST} - make_interval(months => %(months)s), {LATEST}, interval '1 month') AS at,
             (VALUES ('month', 'YYYY-MM'), ('quarter', 'YYYY"Q"Q'), ('year', 'YYYY')) AS t (type, format)
    ) p
    CROSS JOIN LATERAL (SELECT 100 + abs(hashtext(u.key || u.level)) %% 900 AS n) s
    CROSS JOIN LATERAL (
        SELECT s.n, s.n * (40 + abs(hashtext(m.code || u.key || p.period)) %% 20) / 100 AS count
    ) c
"""
PARTS = """
    INSERT INTO results_result (measure_id, unit_id, type, period, stratum, part, numerator, denominator, value,
                                reported, expected, guarded, run_id)
    SELECT measure_id, unit_id, type, period, 'age', a.part, numerator / 5, denominator / 5, value, 1, 1, false, run_id
    FROM results_result, (VALUES ('18-44'), ('45-54'), ('55-64'), ('65-74'), ('75+')) AS a (part)
    WHERE measure_id = (SELECT id FROM results_measure WHERE code = 'public-health/H02')
"""
MOVED = """
    INSERT INTO results_restatement (run_id, measure_id, unit_id, type, period, numerator, denominator, value,
                                     numerator_before, denominator_before, value_before)
    SELECT run_id, measure_id, unit_id, type, period, numerator, denominator, value, numerator - 1, denominator, value
    FROM results_result WHERE stratum = '' AND abs(hashtext(measure_id || period || unit_id)) % 20 = 0
"""


def build(stand: Stand, organizations: int, months: int) -> dict[str, Any]:
    """The county with its units and numbers; the addresses to visit."""
    from yigongti.insight.dashboards.periods import last_month
    from yigongti.insight.indicators import sets
    from yigongti.insight.results import units
    from yigongti.insight.results.models import Measure, Run
    from yigongti.kernel import clock
    from yigongti.kernel.access.acting import acting
    from yigongti.kernel.access.actor import SYSTEM

    with stand.admin() as admin:
        county.build(admin, people=1)
        with acting(SYSTEM):
            centres = _houses(organizations)
            _people(centres)
            listed = [one for one in sets.sought(sets.in_force()) if one.item.kind == "computed"]
            Measure.objects.bulk_create(
                Measure(code=one.code, set=one.code.partition("/")[0], title=one.item.name, edition="e", definition="d")
                for one in listed
            )
            units.name(_units())
            run = Run.objects.create(snapshot="bench", at=clock.now())
        admin.execute(NUMBERS, {"run": run.pk, "months": months})
        admin.execute(PARTS)
        admin.execute(MOVED)
        admin.execute("VACUUM ANALYZE")
        rows = admin.execute("SELECT count(*) FROM results_result").fetchone()
    return {"centre": centres[0], "rows": rows[0] if rows else 0, "month": last_month(clock.today())}


def _houses(organizations: int) -> list[int]:
    """Centres in the consortium and village clinics below them: their keys."""
    from yigongti.registry.consortia.models import Consortium, Membership
    from yigongti.registry.organizations.models import Organization

    consortium, found = Consortium.objects.get(), []
    for n in range(CENTRES):
        town = Organization.objects.create(
            code=f"DC{n}", name=f"第{n}中心卫生院", tier="township", area_code=f"4311272{n:02}", opened_on=county.START
        )
        Membership.objects.create(consortium=consortium, organization=town, role="branch", start=county.START)
        found.append(town.pk)
    for n in range(max(0, organizations - CENTRES - county.TOWNS - 1)):
        Organization.objects.create(
            code=f"DV{n}",
            name=f"第{n}村卫生室",
            tier="village",
            part_of_id=found[n % CENTRES],
            area_code=f"4311272{n % CENTRES:02}200",
            opened_on=county.START,
        )
    return found


def _people(centres: list[int]) -> None:
    """Somebody for each screen."""
    from yigongti.registry.organizations.models import Organization

    hospital = Organization.objects.get(code="BH1")
    authority = Organization.objects.create(
        code="DA", name="测量卫生健康局", tier="authority", area_code="431127", opened_on=county.START
    )
    from django.contrib.auth.hashers import make_password

    password = make_password(county.PASSWORD)
    for name, role, where in (
        ("insurer", "insurance-bureau", authority),
        ("leader", "director", hospital),
        ("centre", "director", Organization.objects.get(pk=centres[0])),
        ("village", "village-doctor", Organization.objects.filter(tier="village").first()),
    ):
        county._account(name, password, role, where)


def _units() -> set[tuple[str, str]]:
    from yigongti.registry.consortia.models import Consortium
    from yigongti.registry.organizations.models import Organization

    rows = list(Organization.objects.values_list("pk", "tier"))
    found = {("organization", str(pk)) for pk, _ in rows} | {
        ("centre", str(pk)) for pk, tier in rows if tier != "village"
    }
    found |= {("consortium", str(pk)) for pk in Consortium.objects.values_list("pk", flat=True)}
    return found | {("county", "431127"), ("all", "all")}


def main() -> None:
    """Measure and tell."""
    given = [int(a) for a in sys.argv[1:] if a.isdigit()]
    organizations, months = (given + [60, 14][len(given) :])[:2]
    results: list[Result] = []
    with Stand() as stand:
        built = build(stand, organizations, months)
        wire = Wire(stand.port, timeout=60)
        control = f"/dashboards/public-health/H02/{{}}/?period={built['month']}"
        visits = [
            ("insurer", "/dashboards/"),
            ("leader", "/dashboards/"),
            ("centre", "/dashboards/"),
            ("village", "/dashboards/"),
            ("insurer", control.format("county/431127")),
            ("centre", control.format(f"centre/{built['centre']}")),
            ("insurer", "/dashboards/wall/"),
            ("insurer", "/dashboards/worst/insurance-bureau/"),
        ]
        people = {name: wire.login(name, county.PASSWORD) for name in {name for name, _ in visits}}
        for name, path in visits:
            times, status, _ = pages.look(wire, people[name], path)
            number = sum(calls for calls, _ in pages.statements(stand, wire, people[name], path))
            note = "" if status == 200 else f"STATUS {status}"
            results += [
                figure(f"{path} ({name})", p95(times), "ms p95", most=150, note=note),
                figure("  statements", number, "", most=6),
            ]
    tell(f"Dashboards of {organizations} organisations over {built['rows']:,} stored numbers", results)


if __name__ == "__main__":
    main()
