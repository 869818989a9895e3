"""When people are at work: referrals are not sent at three in the morning, unless someone is in danger."""

from datetime import date, datetime, time, timedelta
from random import Random

from django.utils import timezone

OPENING, CLOSING = time(8), time(17, 30)


def working(moment: datetime, chance: Random) -> datetime:
    """The same moment if somebody is at work then, else the next morning."""
    local = timezone.localtime(moment)
    if OPENING <= local.time() <= CLOSING:
        return local
    return _morning(_day(local)) + timedelta(minutes=chance.uniform(2, 150))


def half_hour(moment: datetime) -> datetime:
    """The half hour at which a clinic is open."""
    local = timezone.localtime(moment)
    if not OPENING <= local.time() <= CLOSING:
        local = _morning(_day(local)) + timedelta(hours=1)
    return local.replace(minute=30 if local.minute >= 30 else 0, second=0, microsecond=0)


def _day(local: datetime) -> date:
    return local.date() + timedelta(days=local.time() > CLOSING)


def _morning(day: date) -> datetime:
    return datetime.combine(day, OPENING, timezone.get_current_timezone())
