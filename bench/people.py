"""A hundred people at work, then a hundred who write at the same moment.

``python -m bench.people [seconds]``. Doctors, referral offices and specialists read their desks, lists and cases and
take steps, with two seconds of thought between; ten directors have the statistics open. Afterwards all write without a
pause, while somebody asks for the health check: nobody may stand still.
"""

import random
import sys
import threading
import time
import uuid
from collections import defaultdict, deque
from dataclasses import dataclass, field

from bench import county
from bench.client import Person, Wire
from bench.report import figure, p95, tell
from bench.stand import Stand
from bench.transition import REPLY

PEOPLE, DASHBOARDS, THOUGHT = 100, 10, 2.0
READING = {
    "doctor": ["/", "/referrals/mine/", "/referrals/", "/residents/"],
    "office": ["/", "/referrals/office/", "/referrals/"],
    "specialist": ["/", "/referrals/mine/", "/referrals/"],
    "director": ["/referrals/statistics/", "/"],
}
#: where a case waits → who takes it on, by which step, with what, and where it waits then
NEXT: dict[str, list[tuple[str, str, dict[str, object], str]]] = {
    "doctor": [("draft", "submit", {}, "sent"), ("answered", "follow_up", {"condition": "血压平稳"}, "closed")],
    "office": [("sent", "accept", {"appointment_place": "门诊三楼"}, "taken"), ("taken", "arrive", {}, "here")],
    "specialist": [("here", "treat", {"care_kind": "outpatient"}, "care"), ("care", "conclude", REPLY, "answered")],
}


@dataclass
class Ward:
    """The cases by where they wait; a township's drafts and answers are its own."""

    waiting: dict[tuple[str, int], deque[str]] = field(default_factory=lambda: defaultdict(deque))

    def key(self, state: str, town: int) -> tuple[str, int]:
        """The queue of a state."""
        return (state, town if state in ("draft", "answered", "closed") else 0)


@dataclass
class Worker:
    """One person with a browser."""

    wire: Wire
    person: Person
    role: str
    town: int
    ward: Ward
    times: list[tuple[str, float]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    seen: str = ""

    def work(self, until: float) -> None:
        """Read and write with thought between, until the time is over."""
        chance = random.Random(self.person.name)
        time.sleep(chance.random() * THOUGHT)
        while time.perf_counter() < until:
            if self.role == "director" or chance.random() < 0.7 or not self.write():
                self.read(chance)
            time.sleep(chance.uniform(0.5, 1.5) * THOUGHT)

    def read(self, chance: random.Random) -> None:
        """A page."""
        path = chance.choice(READING[self.role])
        if self.seen and self.role != "director" and chance.random() < 0.4:
            path = f"/referrals/{self.seen}/"
        self.ask("read", "GET", path)

    def write(self) -> bool:
        """The next step of a case that waits for this role, if there is one."""
        for state, step, data, after in NEXT[self.role]:
            queue = self.ward.waiting[self.ward.key(state, self.town)]
            try:
                case = queue.popleft()
            except IndexError:
                continue
            self.seen = case.split("|")[0]
            if self.post(self.seen, step, data):
                town = int(case.split("|")[1])
                self.ward.waiting[self.ward.key(after, town)].append(case)
            return True
        return False

    def post(self, case: str, step: str, data: dict[str, object]) -> bool:
        """One step."""
        answer = self.wire.post(self.person, f"/api/up-referrals/{case}/{step}", data, key=uuid.uuid4())
        self.times.append(("write", answer.seconds))
        if answer.status != 200:
            self.failures.append(f"{step} {answer.status} {answer.body.decode()[:200]}")
        return answer.status == 200

    def ask(self, kind: str, method: str, path: str) -> None:
        """One page."""
        try:
            answer = self.wire.ask(self.person, method, path)
        except OSError as error:
            self.failures.append(f"{path} {error}")
            return
        self.times.append((kind, answer.seconds))
        if answer.status != 200:
            self.failures.append(f"{path} {answer.status}")

    def hammer(self, case: str, until: float) -> None:
        """Write without a pause: arrival and its correction."""
        while time.perf_counter() < until:
            if self.post(case, "arrive", {}):
                self.post(case, "undo_arrival", {"note": "登记有误"})


class Watch(threading.Thread):
    """Asks for the health check, twenty times a second."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.wire, self.stopped, self.times, self.failures = Wire(port), threading.Event(), [0.0], 0

    def run(self) -> None:
        """Until stopped."""
        while not self.stopped.wait(0.05):
            try:
                answer = self.wire.ask(None, "GET", "/health")
                self.times.append(answer.seconds)
                self.failures += answer.status != 200
            except OSError:
                self.failures += 1


def crowd(stand: Stand, built: county.County) -> list[Worker]:
    """Everybody, logged in."""
    ward = Ward()
    for town, cases in built.drafts.items():
        ward.waiting[("draft", town)].extend(f"{case}|{town}" for case in cases)
    found = []
    shares = {"doctor": (built.doctors, 40), "office": (built.offices, 30), "specialist": (built.specialists, 30)}
    shares["director"] = (built.directors, DASHBOARDS)
    for role, (names, count) in shares.items():
        for n, name in enumerate(names[:count]):
            wire = Wire(stand.port)
            found.append(Worker(wire, wire.login(name, county.PASSWORD), role, n % county.TOWNS, ward))
    return found


def during(seconds: float, port: int, starts: list[threading.Thread]) -> Watch:
    """Run the threads to their end with the health check watched."""
    watch = Watch(port)
    watch.start()
    for thread in starts:
        thread.start()
    for thread in starts:
        thread.join(seconds + 60)
    watch.stopped.set()
    watch.join()
    return watch


def prepared_cases(everybody: list[Worker], built: county.County) -> list[str]:
    """A hundred cases that have been accepted, ready to arrive."""
    doctors = {w.town: w for w in everybody if w.role == "doctor"}
    office = next(w for w in everybody if w.role == "office")
    found = []
    for n in range(PEOPLE):
        town = n % county.TOWNS
        case = built.drafts[town][-1 - n // county.TOWNS]
        doctors[town].post(case, "submit", {})
        office.post(case, "accept", {})
        found.append(case)
    return found


def main() -> None:
    """Measure and tell."""
    seconds = float(next((a for a in sys.argv[1:] if not a.startswith("-")), 40))
    with Stand() as stand:
        with stand.admin() as admin:
            built = county.build(admin, people=40, drafts=400)
        everybody = crowd(stand, built)
        for worker in everybody:
            worker.ask("first", "GET", READING[worker.role][0])
            worker.times.clear()
        until = time.perf_counter() + seconds
        watch = during(seconds, stand.port, [threading.Thread(target=w.work, args=[until]) for w in everybody])
        mixed = {kind: [1000 * s for w in everybody for k, s in w.times if k == kind] for kind in ("read", "write")}
        failed = [f for w in everybody for f in w.failures]
        cases = prepared_cases(everybody, built)
        writers = [w for w in everybody if w.role == "office"] * 4
        for worker in everybody:
            worker.times.clear()
        storm = [Worker(Wire(stand.port), w.person, w.role, w.town, w.ward) for w in writers[:PEOPLE]]
        until = time.perf_counter() + seconds / 4
        threads = [threading.Thread(target=w.hammer, args=[c, until]) for w, c in zip(storm, cases, strict=True)]
        storm_watch = during(seconds / 4, stand.port, threads)
        written = [1000 * s for w in storm for _, s in w.times]
        storm_failed = [f for w in storm for f in w.failures]
    both = mixed["read"] + mixed["write"]
    tell(
        "A hundred people at work",
        [
            figure(
                f"{PEOPLE} people, {DASHBOARDS} dashboards, {THOUGHT:g} s of thought", len(both) / seconds, "requests/s"
            ),
            figure("  p95", p95(both), "ms", most=200),
            figure("  p95 of pages", p95(mixed["read"]), "ms"),
            figure("  p95 of steps", p95(mixed["write"]), "ms"),
            figure("  failures", len(failed), "", most=0, note="; ".join(failed[:2])),
            figure("  health check, slowest", 1000 * max(watch.times), "ms", most=100),
            figure(f"{PEOPLE} writers without a pause", len(written) / (seconds / 4), "steps/s"),
            figure("  p95", p95(written), "ms"),
            figure("  slowest", max(written), "ms", note="nobody stands still"),
            figure("  failures", len(storm_failed), "", most=0, note="; ".join(storm_failed[:2])),
            figure("  health check, slowest", 1000 * max(storm_watch.times), "ms", most=100),
            figure("  health check, p95", p95([1000 * s for s in storm_watch.times]), "ms"),
            figure("  health check, refused", storm_watch.failures + watch.failures, "", most=0),
        ],
    )


if __name__ == "__main__":
    main()
