"""Referral steps through HTTP: login session, CSRF, permission, scope, row-level security, event, audit, outbox.

``python -m bench.transition [seconds]``. Four clients take referrals down the whole road (submit, accept, arrive,
treat, conclude, follow up) against real web workers and a real worker. Then pgbench runs the statements of two of the
steps, as the server saw them, on the same server: the floor.
"""

import sys
import threading
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass, field

from bench import county, cpu, floor
from bench.client import Person, Wire
from bench.report import Result, figure, p95, tell
from bench.stand import Stand

CLIENTS = 4
REPLY = {"diagnosis": "高血压3级", "treatment": "调整药物后血压平稳", "advice": "两周后复查血压", "outcome": "improved"}
ROAD: list[tuple[str, str, dict[str, object]]] = [
    ("doctor", "submit", {}),
    ("office", "accept", {"appointment_place": "门诊三楼"}),
    ("office", "arrive", {"care_kind": "outpatient"}),
    ("specialist", "treat", {"care_kind": "outpatient"}),
    ("specialist", "conclude", REPLY),
    ("doctor", "follow_up", {"condition": "血压平稳"}),
]
PAIR: list[tuple[str, str, dict[str, object]]] = [
    ("office", "arrive", {"care_kind": "outpatient"}),
    ("office", "undo_arrival", {"note": "登记有误"}),
]


@dataclass
class Client:
    """One connection, used by a doctor, an office and a specialist in turn."""

    wire: Wire
    people: dict[str, Person]
    cases: list[str]
    times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list)

    def take(self, case: str, who: str, step: str, data: dict[str, object]) -> bool:
        """One step; remembers how long it took."""
        answer = self.wire.post(self.people[who], f"/api/up-referrals/{case}/{step}", data, key=uuid.uuid4())
        if answer.status != 200:
            self.failures.append(f"{step}: {answer.status} {answer.body.decode()[:300]}")
            return False
        self.times[step].append(answer.seconds)
        return True

    def road(self, until: float) -> None:
        """Whole roads until the time is over or the drafts are used up."""
        while self.cases and time.perf_counter() < until:
            case = self.cases.pop()
            for step in ROAD:
                if not self.take(case, *step):
                    break

    def back_and_forth(self, until: float) -> None:
        """Arrival and its correction on ten cases in turn."""
        mine = [self.cases.pop() for _ in range(10)]
        for case in mine:
            for step in ROAD[:2]:
                self.take(case, *step)
        self.times.clear()
        while time.perf_counter() < until:
            for case in mine:
                for step in PAIR:
                    self.take(case, *step)


def clients(stand: Stand, built: county.County) -> list[Client]:
    """Four clients, each logged in as three people."""
    found = []
    for n in range(CLIENTS):
        wire = Wire(stand.port)
        people = {
            role: wire.login(names[n], county.PASSWORD)
            for role, names in (("doctor", built.doctors), ("office", built.offices), ("specialist", built.specialists))
        }
        found.append(Client(wire, people, built.drafts[n]))
    return found


def together(working: list[Client], work: str, seconds: float) -> float:
    """All clients at once; returns the steps a second."""
    for client in working:
        client.times.clear()
    started = time.perf_counter()
    threads = [threading.Thread(target=getattr(c, work), args=[started + seconds]) for c in working]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    return sum(len(times) for c in working for times in c.times.values()) / took


def latencies(working: list[Client]) -> list[float]:
    """Milliseconds of all steps."""
    return [1000 * seconds for c in working for times in c.times.values() for seconds in times]


def statements(stand: Stand, client: Client) -> dict[str, list[tuple[float, str]]]:
    """For each step of the road, the statements that the database saw: calls and text, without BEGIN and COMMIT."""
    seen: dict[str, list[tuple[float, str]]] = {}
    rounds = 5
    cases = [client.cases.pop() for _ in range(rounds)]
    with stand.admin() as admin, stand.worker_held():
        for step in ROAD:
            admin.execute("SELECT pg_stat_statements_reset()")
            for case in cases:
                client.take(case, *step)
            rows = admin.execute(
                """SELECT calls, query FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid
                   WHERE r.rolname = 'yigongti_app' AND query !~* '^(BEGIN|COMMIT|SET|SAVEPOINT|RELEASE)'
                   ORDER BY calls DESC"""
            )
            seen[step[1]] = [(calls / rounds, " ".join(query.split())) for calls, query in rows if calls >= rounds]
    return seen


def backlog(stand: Stand) -> int:
    """News that the worker has not delivered yet."""
    with stand.admin() as admin:
        found = admin.execute("SELECT count(*) FROM events_outbox").fetchone()
    return int(found[0]) if found else 0


def main() -> None:
    """Measure and tell."""
    seconds = float(next((a for a in sys.argv[1:] if not a.startswith("-")), 20))
    with Stand() as stand:
        with stand.admin() as admin:
            built = county.build(admin, people=CLIENTS, drafts=int(60 + seconds * 25))
        working = clients(stand, built)
        together(working, "road", 2)
        before = cpu.seconds(stand.process.pid, stand.server.process.pid)
        rate = together(working, "road", seconds)
        times = latencies(working)
        after = cpu.seconds(stand.process.pid, stand.server.process.pid)
        waiting = backlog(stand)
        by_step = {step: [1000 * s for c in working for s in c.times[step]] for _, step, _ in ROAD}
        seen = statements(stand, working[0])
        pair = together(working, "back_and_forth", seconds / 2)
        pair_times = latencies(working)
        failures = [f for c in working for f in c.failures]
        bare = floor.measure(stand, working[0], ROAD[:2], PAIR, CLIENTS, seconds / 2)
    results = [
        figure("steps through HTTP, whole road, 4 clients", rate, "steps/s", least=300),
        figure("  p95", p95(times), "ms", most=30),
        *[figure(f"  processor, {k}", 1000 * (after[k] - before[k]) / len(times), "ms a step") for k in before],
        figure(
            "  news waiting at the end", waiting, "rows", note="delivered by the worker, which runs at lower priority"
        ),
        figure("  failures", len(failures), "", most=0, note="; ".join(failures[:2])),
        figure("statements a step, at most", max(sum(c for c, _ in s) for s in seen.values()), "", most=8),
        figure("arrival and its correction, 4 clients", pair, "steps/s"),
        figure("  p95", p95(pair_times), "ms"),
        *bare.results(pair),
    ]
    results += [
        Result(f"  {step}", round(p95(t), 2), "ms p95", note=f"{sum(c for c, _ in seen[step]):g} statements")
        for step, t in by_step.items()
        if t
    ]
    tell("Referral steps through HTTP", results, statements=seen)


if __name__ == "__main__":
    main()
