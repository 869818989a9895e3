"""The page of a resident with a long life: 5,000 entries of every kind over ten years, partitioned by month.

``python -m bench.record [entries]`` prints statements and milliseconds of the pages, of their parts, and of the insert
of a visit. Processor time is what counts where the machine is shared.
"""

import sys
from datetime import timedelta
from typing import Any

from bench.report import Result, figure, tell
from bench.search import scratch, timed

YEARS = 10
PAGES = ("record:resident", "record:timeline", "record:results", "record:summary", "record:visit", "record:about")
COMMON = "id, resident_id, organization_id, recorded_at"
#: table, columns beside the common ones, their values for n of the share of the entries that this kind has
KINDS = (
    (
        "encounter",
        "kind, started_at, complaint, assessment, advice",
        "(ARRAY['outpatient', 'follow-up'])[1 + n %% 2], at, '头晕', '高血压', '继续用药'",
        0.3,
    ),
    ("condition", "code, name, category, onset_on", "'J06.900', '急性上呼吸道感染', 'encounter-diagnosis', at", 0.1),
    ("diagnosticreport", "category, name, effective_at, conclusion", "'laboratory', '血常规', at, '未见异常'", 0.1),
    ("medicationrequest", "name, dose, frequency, authored_at", "'氨氯地平片', '5 mg', '每日一次', at", 0.15),
    ("medicationdispense", "name, dispensed_at", "'氨氯地平片', at", 0.1),
    ("procedure", "code, name, performed_at", "'45.2300', '结肠镜检查', at", 0.02),
    ("immunization", "name, occurred_at", "'流感疫苗', at", 0.03),
)
ENTRIES = f"""
INSERT INTO health_record_{{table}} ({COMMON}, {{columns}})
SELECT gen_random_uuid(), %(resident)s, %(organization)s, at, {{values}}
  FROM (SELECT n, now() - n * interval '{YEARS} years' / %(share)s AS at FROM generate_series(1, %(share)s) n) d
"""
MEASURED = f"""
INSERT INTO health_record_observation ({COMMON}, encounter_id, code, value, effective_at)
SELECT gen_random_uuid(), %(resident)s, %(organization)s, now(), e.id, c.code, c.low + random() * 40, e.started_at
  FROM health_record_encounter e CROSS JOIN (VALUES ('sbp', 120), ('dbp', 70), ('heart_rate', 60)) c(code, low)
UNION ALL
SELECT gen_random_uuid(), %(resident)s, %(organization)s, now(), NULL, 'fasting_glucose', 4 + random() * 6,
       now() - n * interval '{YEARS} years' / %(share)s FROM generate_series(1, %(share)s) n
"""


def asked(client: Any, page: str, url: str) -> list[Result]:
    """A page: its statements, its time."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as statements:
        assert client.get(url).status_code == 200
    frame = ("django_session", "access_", "set_config", "SAVEPOINT", "BEGIN", "COMMIT")
    everything = len(statements.captured_queries)
    own = [s["sql"] for s in statements.captured_queries if not any(t in s["sql"] for t in frame)]
    median, late, cpu, _ = timed(lambda: client.get(url), 40)
    note = f"{len(own)} own statements of {everything}; cpu of the web {cpu:.1f} ms"
    return [figure(page, median, "ms p50", most=150, note=note), figure(page, late, "ms p95")]


def main(entries: int) -> None:
    """Build one long life and look at it."""
    with scratch() as admin:
        import psycopg
        from django.core.management import call_command
        from django.test import Client
        from django.urls import reverse

        call_command("migrate", database="owner", verbosity=0, interactive=False)
        from yigongti.kernel.access.acting import acting
        from yigongti.kernel.access.actor import SYSTEM, Actor, GrantedRole
        from yigongti.kernel.access.models import Grant, User
        from yigongti.kernel.clock import today
        from yigongti.records.health_record import services as record
        from yigongti.records.health_record.months import prepare_months
        from yigongti.records.health_record.observations import CATALOGUE
        from yigongti.records.health_record.overview import overview
        from yigongti.records.health_record.queries import latest_values
        from yigongti.records.health_record.timeline import timeline
        from yigongti.records.residents import services
        from yigongti.records.residents.identity import generate
        from yigongti.registry.organizations.models import Organization

        with acting(SYSTEM):
            home = Organization.objects.create(code="T1", name="楠市镇卫生院", tier="township", institution_class="A1")
            user = User.objects.create(username="doctor", name="李医生")
            Grant.objects.create(user=user, role="family-doctor", organization=home, start=today() - timedelta(days=1))
        actor = Actor(user.pk, user.name, home.pk, (GrantedRole("family-doctor", home.pk, frozenset({home.pk})),))
        number = generate(today().replace(year=1950), "1", "431127", 1)
        resident = services.register(actor, name="王老五", id_number=number)
        for code, name in (("I10", "高血压"), ("E11", "糖尿病")):
            record.diagnose(actor, resident_id=resident.pk, code=code, name=name)
        record.prescribe(actor, resident_id=resident.pk, name="氨氯地平", dose="5 mg", frequency="qd")
        prepare_months(today() - timedelta(days=365 * YEARS + 30), today())
        names = {"resident": resident.pk, "organization": home.pk, "share": entries // 5}
        with psycopg.connect(admin, autocommit=True) as root:
            root.execute("SET session_replication_role = replica")
            for table, columns, values, share in KINDS:
                entry = ENTRIES.format(table=table, columns=columns, values=values)
                root.execute(entry, names | {"share": int(entries * share)})
            root.execute(MEASURED, names)
            root.execute("ANALYZE")
        client = Client()
        client.force_login(user, backend="yigongti.kernel.access.backends.GrantedBackend")
        results = [found for page in PAGES for found in asked(client, page, reverse(page, args=[resident.pk]))]
        who = {"resident_id": resident.pk, "kind": "follow-up", "measurements": {"sbp": 150, "dbp": 90}}
        parts = {
            "timeline": lambda: timeline(resident.pk),
            "overview": lambda: overview(resident.pk),
            "latest values": lambda: latest_values(resident.pk, CATALOGUE),
            "a visit is written": lambda: record.record_encounter(actor, **who),
        }
        for what, work in parts.items():
            with acting(actor):
                median, late, cpu, _ = timed(work, 40)
            results.append(figure(what, median, "ms p50", note=f"p95 {late:.1f} ms, cpu of the web {cpu:.1f} ms"))
        tell(f"The record of a long life: {entries} entries over {YEARS} years", results)


if __name__ == "__main__":
    given = [a for a in sys.argv[1:] if not a.startswith("--")]
    main(int(given[0]) if given else 5_000)
