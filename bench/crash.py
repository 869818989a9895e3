"""``kill -9`` of web, worker or database at random moments under load: nothing acknowledged is lost, nothing doubled.

``python -m bench.crash [kills] [seed]`` (default 30). Four clients take steps; each step carries an idempotency key, is
repeated with the same key until it is answered, and is written down when it was acknowledged. At the end every
acknowledged step must stand in the events exactly once, in its place, and the audit chain must verify.
"""

import os
import random
import signal
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field

from bench import county, cpu
from bench.client import Person, Wire
from bench.report import figure, tell
from bench.stand import Stand

CLIENTS = 4
PAIR = [("arrive", {}), ("undo_arrival", {"note": "登记有误"})]
LIMIT = 240.0


@dataclass
class Client(threading.Thread):
    """Takes steps on one case after the other, and repeats what was not answered."""

    wire: Wire
    person: Person
    cases: list[str]
    stop: threading.Event
    acknowledged: list[tuple[str, str, uuid.UUID]] = field(default_factory=list)
    repeated: int = 0
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        """Until stopped."""
        number = 0
        while not self.stop.is_set():
            case = self.cases[number % len(self.cases)]
            for step, data in PAIR:
                self.take(case, step, data)
            number += 1

    def take(self, case: str, step: str, data: dict[str, object]) -> None:
        """One step, repeated with the same key until somebody answers."""
        key = uuid.uuid4()
        path = f"/api/up-referrals/{case}/{step}"
        for attempt in range(600):
            try:
                answer = self.wire.post(self.person, path, data, key=key)
            except OSError:
                answer = None
            if answer and answer.status == 200:
                self.acknowledged.append((case, step, key))
                self.repeated += attempt > 0
                return
            if answer and answer.status < 500:
                self.failures.append(f"{step} {answer.status} {answer.body.decode()[:200]}")
                return
            time.sleep(0.1)
        self.failures.append(f"{step}: no answer for a minute")


def victims(stand: Stand) -> dict[str, list[int]]:
    """The processes that may be killed."""
    assert stand.process
    found: dict[str, list[int]] = {"web": [], "worker": [], "database": []}
    for pid in cpu.below(stand.process.pid):
        line = cpu.command(pid)
        if "granian" in line:
            found["web"].append(pid)
        elif "worker" in line:
            found["worker"].append(pid)
        elif "/postgres " in line or line.startswith("postgres"):
            found["database"].append(pid)
    return found


def kill(stand: Stand, chance: random.Random) -> str:
    """Kill one process without warning; the first of the database's, or one of its sessions."""
    alive = {kind: pids for kind, pids in victims(stand).items() if pids}
    if not alive:
        raise RuntimeError("yigongti up is gone:\n" + stand.log.read_text(errors="replace")[-3000:])
    kind = chance.choice(sorted(alive))
    try:
        os.kill(chance.choice(alive[kind]), signal.SIGKILL)
    except ProcessLookupError:
        return kill(stand, chance)
    return kind


def lost_and_doubled(stand: Stand, acknowledged: list[tuple[str, str, uuid.UUID]]) -> tuple[int, int, int]:
    """Acknowledged steps without an event, with more than one, and cases whose events have gaps or do not follow."""
    with stand.admin() as admin:
        rows = admin.execute("SELECT key, count(*) FROM cases_caseevent WHERE key IS NOT NULL GROUP BY key")
        events = dict(rows)
        broken = admin.execute(
            """SELECT count(*) FROM (
                   SELECT sequence, row_number() OVER story AS place, from_state, lag(to_state) OVER story AS before
                   FROM cases_caseevent WINDOW story AS (PARTITION BY case_id ORDER BY sequence)) s
               WHERE sequence <> place OR from_state <> coalesce(before, '')"""
        ).fetchone()
    lost = sum(1 for _, _, key in acknowledged if key not in events)
    doubled = sum(1 for _, _, key in acknowledged if events.get(key, 0) > 1)
    return lost, doubled, int(broken[0]) if broken else 0


def verified(stand: Stand) -> tuple[bool, str]:
    """What ``yigongti audit verify`` says."""
    import subprocess

    command = [sys.executable, "-m", "yigongti.cli", "audit", "verify", "--json"]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    return told.returncode == 0, (told.stdout or told.stderr).strip().replace("\n", " ")[:160]


def ready(stand: Stand, built: county.County) -> list[Client]:
    """Clients with accepted cases."""
    stop = threading.Event()
    found = []
    for n in range(CLIENTS):
        wire = Wire(stand.port, timeout=20)
        doctor, office = (wire.login(names[n], county.PASSWORD) for names in (built.doctors, built.offices))
        cases = built.drafts[n][:10]
        for case in cases:
            wire.post(doctor, f"/api/up-referrals/{case}/submit", {}, key=uuid.uuid4())
            wire.post(office, f"/api/up-referrals/{case}/accept", {}, key=uuid.uuid4())
        found.append(Client(wire, office, cases, stop))
    return found


def storm(stand: Stand, working: list[Client], kills: int, chance: random.Random) -> tuple[dict[str, int], float]:
    """Kill so many times, at random moments, each time after work has gone on; seconds of the longest silence."""
    killed: dict[str, int] = {"web": 0, "worker": 0, "database": 0}
    deadline, longest = time.monotonic() + LIMIT, 0.0
    while sum(killed.values()) < kills and time.monotonic() < deadline:
        done = sum(len(c.acknowledged) for c in working)
        time.sleep(chance.uniform(0.3, 2.0))
        started = time.monotonic()
        while sum(len(c.acknowledged) for c in working) <= done and time.monotonic() < deadline:
            time.sleep(0.05)
        longest = max(longest, time.monotonic() - started)
        killed[kill(stand, chance)] += 1
    return killed, longest


def main() -> None:
    """Kill, compare and tell."""
    given = [int(a) for a in sys.argv[1:] if a.isdigit()]
    kills, seed = (given + [30, int(time.time())][len(given) :])[:2]
    with Stand(embedded=True) as stand:
        with stand.admin() as admin:
            built = county.build(admin, people=CLIENTS, drafts=12)
        working = ready(stand, built)
        for client in working:
            client.start()
        killed, silence = storm(stand, working, kills, random.Random(seed))
        time.sleep(3)
        working[0].stop.set()
        for client in working:
            client.join(90)
        time.sleep(8)  # the worker seals what was written last
        acknowledged = [step for c in working for step in c.acknowledged]
        lost, doubled, broken = lost_and_doubled(stand, acknowledged)
        good, told = verified(stand)
        failures = [f for c in working for f in c.failures]
        repeated = sum(c.repeated for c in working)
    tell(
        f"kill -9 under load (seed {seed})",
        [
            figure(
                "kills", sum(killed.values()), "", least=kills, note=", ".join(f"{k} {n}" for k, n in killed.items())
            ),
            figure("steps acknowledged", len(acknowledged), "", note=f"{repeated} of them only when repeated"),
            figure("  lost", lost, "", most=0),
            figure("  doubled", doubled, "", most=0),
            figure("  events out of order", broken, "", most=0),
            figure("  refused", len(failures), "", most=0, note="; ".join(failures[:2])),
            figure("longest silence after a kill", silence, "s", most=5),
            figure("audit verify", 0 if good else 1, "exit code", most=0, note=told),
        ],
    )


if __name__ == "__main__":
    main()
