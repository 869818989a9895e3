"""Plays the plots through the services, in the order of time: months of referrals in seconds, nothing inserted by hand.

Every step is the same command that a page calls, by a member of staff with the permission, at the moment travelled to.
Stories end where the present begins; what has not happened yet stays open, with its clock running.
"""

import gc
import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count

from django.db.models import Q

from yigongti.care.referral.workflow import FLOWS
from yigongti.insight.simulator import plots
from yigongti.insight.simulator.casting import Casting, Patient
from yigongti.insight.simulator.phrases import Illness
from yigongti.insight.simulator.plots import Act
from yigongti.insight.simulator.story import Story
from yigongti.insight.simulator.worktime import half_hour, working
from yigongti.kernel import clock
from yigongti.kernel.errors import YigongtiError
from yigongti.kernel.events.models import Outbox

SEED = 278_156
MONTHS = timedelta(days=180)
Told = Callable[[int, int], None]


def hours(number: float) -> timedelta:
    """A number of hours."""
    return timedelta(hours=number)


def written(casting: Casting, demo: Patient, now: datetime, share: float) -> list[Story]:
    """All stories: what stands open today, with the resident of the demonstration, and a ``share`` of the history."""
    return [*today(casting, demo, now), *history(casting, now, share)]


def play(stories: list[Story], now: datetime, told: Told) -> Counter[str]:
    """Play them in the order of time; returns how often each step was taken, and ``refused`` if any was."""
    queue = [(story.starts, number, story) for number, story in zip(count(), stories, strict=False)]
    heapq.heapify(queue)
    gc.disable()  # a tenth of the time would go into walking objects that are all still in use
    try:
        return _in_order(queue, now, told, len(stories))
    finally:
        gc.enable()


def _in_order(queue: list[tuple[datetime, int, Story]], now: datetime, told: Told, total: int) -> Counter[str]:
    taken: Counter[str] = Counter()
    done = 0
    while queue:
        moment, number, story = heapq.heappop(queue)
        act = story.acts.pop(0)
        if not _take(story, act, moment, taken) or not story.acts:
            done += 1
            told(done, total)
            continue
        following = story.moment_after(moment)
        if following >= now:
            done += 1
        else:
            heapq.heappush(queue, (following, number, story))
    told(total, total)
    return taken


def forget_old_news(before: datetime) -> int:
    """Take away the news of played steps from before a moment: whoever it concerned read it long ago."""
    names = [f"{flow.name}." for flow in FLOWS]
    told = Q(name__startswith=names[0]) | Q(name__startswith=names[1])
    return Outbox.objects.filter(told, at__lt=before).delete()[0]


def _take(story: Story, act: Act, moment: datetime, taken: Counter[str]) -> bool:
    """One step; a command is a savepoint of its own here. A refusal ends the story and is counted, never hidden."""
    try:
        with clock.travelling(moment):
            story.take(act)
    except YigongtiError as error:
        taken["refused"] += 1
        taken[f"refused {act.step}: {error.message}"] += 1
        return False
    taken[act.step] += 1
    return True


def history(casting: Casting, now: datetime, share: float) -> Iterator[Story]:
    """The months before today, spread over working hours."""
    chance = casting.chance
    alarms = list(casting.alarms(now - MONTHS, now - timedelta(days=8)))
    chance.shuffle(alarms)
    for plot in plots.HISTORY:
        for _ in range(max(1, round(plot.times * share))):
            starts = working(now - MONTHS * chance.uniform(0.02, 1), chance)
            urgency = chance.choices(list(plots.URGENCIES), list(plots.URGENCIES.values()))[0]
            illness = casting.illness(("hypertension",) if alarms and chance.random() < 0.3 else ())
            patient: Patient | None
            if plot.acts[0] is plots.BEGIN and illness.disease == "hypertension" and alarms:
                patient = alarms.pop()
                casting.taken.add(patient.resident)
                starts = (patient.seen_at or starts) + hours(chance.uniform(0.1, 0.4))
            else:
                patient = casting.patient(illness)
            if patient is None:
                return
            yield _story(casting, plot.acts, patient, illness, urgency, starts, outside=plot.outside)


def today(casting: Casting, demo: Patient, now: datetime) -> Iterator[Story]:
    """What stands open at every desk now; the resident of the demonstration among them."""
    casting.taken.add(demo.resident)
    pressure = casting.illness(("hypertension",))
    waiting = plots.Standing((*plots.SENT, plots.BOOKED), "yellow", (6,), 22)
    story = _standing(casting, waiting, 6, demo, pressure, now)
    story.referrer = casting.village_doctor(demo)
    yield story
    for number, standing in enumerate(plots.TODAY):
        for turn, ago in enumerate(standing.ago):
            near = (number + turn) % 2 == 0
            illness = casting.illness(("hypertension", "chest-pain") if turn % 2 == 0 else ())
            if patient := casting.patient(illness, near=near):
                yield _standing(casting, standing, ago, patient, illness, now)


def _standing(
    casting: Casting, standing: plots.Standing, ago: float, patient: Patient, illness: Illness, now: datetime
) -> Story:
    """A story whose last act lies ``ago`` hours back: its moments are laid out backwards from there."""
    chance = casting.chance
    delays = [hours(chance.uniform(*act.delay(standing.urgency))) for act in standing.acts[1:]]
    moments = [now - hours(ago)]
    for delay in reversed(delays):
        moments.insert(0, moments[0] - delay)
    story = _story(casting, standing.acts, patient, illness, standing.urgency, moments[0])
    story.moments = moments[1:]
    if standing.appointment is not None:
        story.appointment = half_hour(now + hours(standing.appointment))
    return story


def _story(
    casting: Casting,
    acts: Iterable[Act],
    patient: Patient,
    illness: Illness,
    urgency: str,
    starts: datetime,
    *,
    outside: bool = False,
) -> Story:
    return Story(
        casting=casting,
        acts=list(acts),
        patient=patient,
        illness=illness,
        urgency=urgency,
        starts=starts,
        referrer=casting.referrer(patient),
        outside=outside,
    )
