"""Work lists and registers with very many rows: statements, server time and weight of each page.

``python -m bench.pages [residents] [cases]`` (default 200,000 and 20,000; for the documents: 1000000 100000).
Every page is fetched by somebody who may see it, over the real web server; statements are counted by PostgreSQL.
"""

import gzip
import re
import sys
from typing import Any

from bench import county, search
from bench.client import Person, Wire
from bench.report import Result, figure, p95, tell
from bench.stand import Stand
from yigongti.cli.postgres import ADMIN

ROUNDS = 30
PAGES = [
    ("office", "/referrals/office/"),
    ("office", "/referrals/"),
    ("doctor", "/referrals/mine/"),
    ("doctor", "/referrals/"),
    ("doctor", "/residents/"),
    ("doctor", "/"),
    ("office", "/"),
    ("director", "/referrals/late/"),
    ("director", "/referrals/statistics/"),
]
ASSET = re.compile(rb'(?:src|href)="(/static/[^"]+\.(?:js|css|svg|woff2))"')
#: of a hundred referrals one waits at the office, one is in care, one is a draft; the rest is closed
STATES = """
UPDATE referral_referral r SET state = s.state, closed_at = s.closed, owner_organization_id = s.owner,
    owner_permission = s.permission, due_at = s.due, next_alarm_at = NULL, opened_at = s.opened, entered_at = s.opened
FROM (
    SELECT id, CASE WHEN m < 97 THEN 'closed' WHEN m = 97 THEN 'submitted' WHEN m = 98 THEN 'in_care' ELSE 'draft' END
               AS state,
           CASE WHEN m < 97 THEN at + interval '3 days' END AS closed,
           CASE WHEN m < 97 THEN NULL WHEN m < 99 THEN counterpart_organization_id ELSE home_organization_id END
               AS owner,
           CASE WHEN m < 97 THEN '' WHEN m = 97 THEN 'referral.accept' WHEN m = 98 THEN 'referral.treat'
                ELSE 'referral.submit' END AS permission,
           CASE WHEN m >= 97 THEN at + interval '400 days' END AS due, at AS opened
    FROM (SELECT id, n % 100 AS m, counterpart_organization_id, home_organization_id,
                 now() - (n % 365) * interval '1 day' AS at
          FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM referral_referral) x) y
) s WHERE s.id = r.id
"""


def build(stand: Stand, residents: int, cases: int) -> county.County:
    """A county with so many residents and referrals, three of a hundred open."""
    search.build(residents, stand.server.url(ADMIN))
    with stand.admin() as admin:
        built = county.build(admin, people=4, drafts=cases // county.TOWNS)
        admin.execute("SET session_replication_role = replica")
        admin.execute(STATES)
        admin.execute(  # the doctors of the townships also work where most residents are registered
            """INSERT INTO access_grant (user_id, role, organization_id, subtree, start)
               SELECT u.id, 'family-doctor', o.id, false, '2024-01-01'
               FROM access_user u JOIN organizations_organization o ON o.code = 'T' || right(u.username, 1)
               WHERE u.username LIKE 'doctor%'"""
        )
        admin.execute("SET session_replication_role = origin")
        admin.execute("VACUUM ANALYZE")
    return built


def look(wire: Wire, person: Person, path: str) -> tuple[list[float], int, bytes]:
    """Milliseconds of each round, the status, the page."""
    wire.ask(person, "GET", path)
    answers = [wire.ask(person, "GET", path, headers="Accept-Encoding: identity\r\n") for _ in range(ROUNDS)]
    worst = max(answer.status for answer in answers)
    return [1000 * answer.seconds for answer in answers], worst, answers[-1].body


def statements(stand: Stand, wire: Wire, person: Person, path: str) -> list[tuple[float, str]]:
    """What the database sees for one page, without BEGIN and COMMIT."""
    with stand.admin() as admin, stand.worker_held():
        wire.ask(person, "GET", path)
        admin.execute("SELECT pg_stat_statements_reset()")
        for _ in range(4):
            wire.ask(person, "GET", path)
        rows = admin.execute(
            """SELECT calls, query FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
               WHERE r.rolname = 'yigongti_app' AND query !~* '^(BEGIN|COMMIT|SET )' ORDER BY total_exec_time DESC"""
        )
        return [(calls / 4, " ".join(query.split())[:400]) for calls, query in rows]


def weight(wire: Wire, person: Person, page: bytes) -> float:
    """Kilobytes over the line on a first visit: the page and its files, compressed as the server sends them."""
    total = len(gzip.compress(page, 6))
    for path in sorted(set(ASSET.findall(page))):
        answer = wire.ask(person, "GET", path.decode(), headers="Accept-Encoding: br, gzip\r\n")
        total += len(answer.body)
    return total / 1024


def main() -> None:
    """Measure and tell."""
    given = [int(a) for a in sys.argv[1:] if a.isdigit()]
    residents, cases = (given + [200_000, 20_000][len(given) :])[:2]
    results: list[Result] = []
    seen: dict[str, Any] = {}
    with Stand() as stand:
        built = build(stand, residents, cases)
        wire = Wire(stand.port, timeout=60)
        names = {"office": built.offices[0], "doctor": built.doctors[0], "director": built.directors[0]}
        people = {role: wire.login(name, county.PASSWORD) for role, name in names.items()}
        for role, path in PAGES:
            times, status, _ = look(wire, people[role], path)
            counted = statements(stand, wire, people[role], path)
            listed = path not in {"/referrals/statistics/", "/"}
            number = sum(calls for calls, _ in counted)
            results += [
                figure(f"{path} ({role})", p95(times), "ms p95", most=60 if listed else None),
                figure(
                    "  statements",
                    number,
                    "",
                    most=6 if listed else None,
                    note="" if status == 200 else f"STATUS {status}",
                ),
            ]
            seen[f"{role} {path}"] = counted
        results.append(
            figure(
                "first visit of a work list, all files",
                weight(wire, people["office"], page_of(wire, people["office"])),
                "KB",
                most=400,
            )
        )
    tell(f"Pages at {residents:,} residents and {cases:,} referrals", results, statements=seen)


def page_of(wire: Wire, person: Person) -> bytes:
    """The referral office's work list."""
    return wire.ask(person, "GET", "/referrals/office/").body


if __name__ == "__main__":
    main()
