"""The page of a resident with a long life: 5,000 entries on the timeline and 10,000 measurements.

``python bench/timeline.py [entries]`` prints statements and milliseconds of the pages and of their parts.
"""

import sys
from datetime import timedelta

from search import scratch, timed

ENTRIES = """
INSERT INTO health_record_encounter (id, resident_id, organization_id, source, source_key, recorded_at, voided_reason,
    kind, started_at, complaint, findings, assessment, advice)
SELECT gen_random_uuid(), %(resident)s, %(organization)s, '', '', now(), '',
       (ARRAY['outpatient', 'follow-up'])[1 + n %% 2], now() - n * interval '1 day', '头晕', '{}', '高血压', '继续用药'
  FROM generate_series(1, %(half)s) n;
"""
MEASURED = """
INSERT INTO health_record_observation (id, resident_id, organization_id, encounter_id, source, source_key, recorded_at,
    voided_reason, code, value, unit, text, effective_at)
SELECT gen_random_uuid(), %(resident)s, %(organization)s, e.id, '', '', now(), '', c.code, c.low + random() * 40,
       '', '', e.started_at FROM health_record_encounter e
  CROSS JOIN (VALUES ('sbp', 120), ('dbp', 70), ('heart_rate', 60)) c(code, low) WHERE e.resident_id = %(resident)s
UNION ALL
SELECT gen_random_uuid(), %(resident)s, %(organization)s, NULL, '', '', now(), '', 'fasting_glucose', 4 + random() * 6,
       '', '', now() - n * interval '30 hours' FROM generate_series(1, %(half)s) n
"""


def main(entries: int) -> None:
    """Build one long life and look at it."""
    with scratch() as admin:
        import psycopg
        from django.core.management import call_command
        from django.db import connection
        from django.test import Client
        from django.test.utils import CaptureQueriesContext
        from django.urls import reverse

        call_command("migrate", database="owner", verbosity=0, interactive=False)
        from yigongti.kernel.access.acting import acting
        from yigongti.kernel.access.actor import SYSTEM, Actor, GrantedRole
        from yigongti.kernel.access.models import Grant, User
        from yigongti.kernel.clock import today
        from yigongti.records.health_record import services as record
        from yigongti.records.health_record.overview import overview
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
        names = {"resident": resident.pk, "organization": home.pk, "half": entries // 2}
        with psycopg.connect(admin, autocommit=True) as root:
            root.execute("SET session_replication_role = replica")
            for statement in (ENTRIES, MEASURED):
                root.execute(statement, names)
            root.execute("ANALYZE")
        client = Client()
        client.force_login(user, backend="yigongti.kernel.access.backends.GrantedBackend")
        for page in ("record:resident", "record:timeline", "record:visit", "record:about"):
            url = reverse(page, args=[resident.pk])
            with CaptureQueriesContext(connection) as statements:
                assert client.get(url).status_code == 200
            frame = ("django_session", "access_", "set_config", "SAVEPOINT", "BEGIN", "COMMIT")
            own = [s["sql"] for s in statements.captured_queries if not any(t in s["sql"] for t in frame)]
            everything = len(statements.captured_queries)
            median, late, cpu, _ = timed(lambda u=url: client.get(u), 40)
            counted = f"{page:<18}{everything:>4} statements ({len(own)} own)"
            print(f"{counted}{median:>9.1f} ms p50{late:>9.1f} ms p95{cpu:>9.1f} ms cpu")
        with acting(actor):
            for what, work in (
                ("timeline", lambda: timeline(resident.pk)),
                ("overview", lambda: overview(resident.pk)),
            ):
                median, late, cpu, _ = timed(work, 40)
                print(f"{what:<18}{1:>4} statement          {median:>9.1f} ms p50{late:>9.1f} ms p95")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
