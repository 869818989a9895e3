"""Commands of the referral room: propose, begin, decide. Everything after that is a step (:mod:`..workflow`)."""

from .downward import begin_down, below, warning_signs
from .opening import departments_of, episode_of, first_event, open_referral, places_of, signed_centre
from .proposing import dismiss, propose, shown
from .readiness import change_down, dismiss_down, rescan
from .upward import begin_return, begin_up

__all__ = [
    "begin_down",
    "begin_return",
    "begin_up",
    "below",
    "change_down",
    "departments_of",
    "dismiss",
    "dismiss_down",
    "episode_of",
    "first_event",
    "open_referral",
    "places_of",
    "propose",
    "rescan",
    "shown",
    "signed_centre",
    "warning_signs",
]
