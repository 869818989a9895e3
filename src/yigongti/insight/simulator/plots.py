"""What happens in the played referrals: a table of plots, each a row of acts with their delays.

An act is a step of the declared workflow (:mod:`yigongti.care.referral.workflow`), who takes it, and how long after the
act before. Counts follow seed 004: 278 referrals up, 156 down. Delays and shares are drawn (演示推算).
"""

from dataclasses import dataclass, field
from typing import Literal

Desk = Literal["referrer", "office", "specialist", "receiver"]
Urgency = Literal["red", "yellow", "green"]
Hours = tuple[float, float]

UP, DOWN = 278, 156
"""Referrals up and down in the source: the history below adds up to about these."""


@dataclass(frozen=True)
class Act:
    """A step, who takes it and the hours after the act before, by urgency where it matters."""

    step: str
    desk: Desk
    after: Hours
    urgent: dict[str, Hours] = field(default_factory=dict)
    #: taken at the time of the appointment instead
    at_appointment: bool = False

    def delay(self, urgency: str) -> Hours:
        """Least and greatest hours."""
        return self.urgent.get(urgency, self.after)


BEGIN = Act("begin", "referrer", (0, 0))
REVISE = Act("revise", "referrer", (0.05, 0.3))
SUBMIT = Act("submit", "referrer", (0.02, 0.1))
ACCEPT = Act("accept", "office", (1, 18), {"red": (0.03, 0.22), "yellow": (0.2, 1.7)})
LATE = Act("accept", "office", (25, 40), {"red": (0.3, 0.8), "yellow": (2.2, 5)})
BOOKED = Act("accept_booked", "office", (1, 18), {"red": (0.03, 0.22), "yellow": (0.2, 1.7)})
ARRIVE = Act("arrive", "office", (3, 20), {"red": (0.5, 2)}, at_appointment=True)
TREAT = Act("treat", "specialist", (0.2, 2), {"red": (0.1, 0.6)})
STAY = Act("admit", "specialist", (0.3, 3), {"red": (0.1, 0.6)})
REPLY = Act("conclude", "specialist", (1, 6))
DISCHARGE = Act("conclude", "specialist", (90, 260))
ASSESS = Act("assess", "specialist", (60, 200))
ASSESS_TODAY = Act("assess", "specialist", (40, 90))
HAND_DOWN = Act("hand_down", "specialist", (1, 60))
FOLLOW_UP = Act("follow_up", "referrer", (60, 280))
FOLLOW_UP_LATE = Act("follow_up", "referrer", (350, 500))
RECEIVE = Act("down_accept", "receiver", (1, 20))
RECEIVE_LATE = Act("down_accept", "receiver", (25, 50))
CONTACT = Act("first_contact", "receiver", (14, 68))
DECLINE = Act("decline", "office", (1, 20), {"red": (0.1, 0.2), "yellow": (0.4, 1.8)})
REDIRECT = Act("redirect", "office", (1, 12), {"red": (0.05, 0.2), "yellow": (0.2, 1.2)})
ASK = Act("ask", "office", (1, 16), {"red": (0.05, 0.2), "yellow": (0.2, 1.5)})
ANSWER = Act("answer", "referrer", (1, 30), {"red": (0.05, 0.2), "yellow": (0.5, 3)})
MISS = Act("miss", "office", (20, 30), at_appointment=True)
REBOOK = Act("rebook", "office", (2, 40))
WITHDRAW = Act("withdraw", "referrer", (2, 20), {"red": (0.1, 0.2), "yellow": (0.5, 1.5)})
RETURN = Act("return_up", "receiver", (20, 60))
BEGIN_DOWN = Act("begin_down", "specialist", (0, 0))
REVISE_PLAN = Act("revise_plan", "specialist", (0.1, 0.5))
SEND_DOWN = Act("send_down", "specialist", (0.05, 0.3))
REFUSE = Act("refuse", "receiver", (1, 20))
REROUTE = Act("reroute", "specialist", (1, 18))

SENT = (BEGIN, REVISE, SUBMIT)
SEEN = (*SENT, ACCEPT, ARRIVE)
CARED = (*SEEN, STAY, ASSESS, HAND_DOWN)
DOWNWARD = (BEGIN_DOWN, REVISE_PLAN, SEND_DOWN)


@dataclass(frozen=True)
class Plot:
    """A course of events and how often it happened in the months before today."""

    name: str
    times: int
    acts: tuple[Act, ...]
    outside: bool = False


HISTORY = (
    Plot("门诊后回复随访", 48, (*SENT, BOOKED, ARRIVE, TREAT, REPLY, FOLLOW_UP)),
    Plot("住院后回复随访", 22, (*SEEN, STAY, DISCHARGE, FOLLOW_UP)),
    Plot("随访逾期", 5, (*SEEN, TREAT, REPLY, FOLLOW_UP_LATE)),
    Plot("受理逾期", 7, (*SENT, LATE, ARRIVE, TREAT, REPLY, FOLLOW_UP)),
    Plot("住院稳定后下转", 74, (*CARED, RECEIVE, CONTACT)),
    Plot("下转接收逾期", 5, (*CARED, RECEIVE_LATE, CONTACT)),
    Plot("下转后再次上转", 6, (*CARED, RECEIVE, RETURN, REVISE, SUBMIT, ACCEPT, ARRIVE, STAY, DISCHARGE, FOLLOW_UP)),
    Plot("退回基层", 20, (*SENT, DECLINE)),
    Plot("改派科室", 13, (*SENT, REDIRECT, ACCEPT, ARRIVE, TREAT, REPLY, FOLLOW_UP)),
    Plot("补充后接收", 14, (*SENT, ASK, ANSWER, BOOKED, ARRIVE, TREAT, REPLY, FOLLOW_UP)),
    Plot("未到诊后改约", 7, (*SENT, BOOKED, MISS, REBOOK, ARRIVE, TREAT, REPLY, FOLLOW_UP)),
    Plot("未到诊后撤回", 4, (*SENT, BOOKED, MISS, WITHDRAW)),
    Plot("提交后撤回", 7, (*SENT, WITHDRAW)),
    Plot("转市级医院", 5, (*SENT, ACCEPT, ARRIVE, STAY, DISCHARGE, FOLLOW_UP), outside=True),
    Plot("出院下转", 48, (*DOWNWARD, RECEIVE, CONTACT)),
    Plot("基层不能接收后改派", 4, (*DOWNWARD, REFUSE, REROUTE, SEND_DOWN, RECEIVE, CONTACT)),
)


@dataclass(frozen=True)
class Standing:
    """A referral that stands open today: its acts so far, its urgency, the hours since the last of them."""

    acts: tuple[Act, ...]
    urgency: Urgency
    ago: tuple[float, ...]
    #: hours from now to the appointment
    appointment: float | None = None


#: the day goes on after the build: most of what waits has hours left, so that somebody who looks in the evening still
#: finds fresh, late and overdue cases side by side
TODAY = (
    Standing((BEGIN,), "green", (0.5, 3)),
    Standing((BEGIN, REVISE), "yellow", (0.2,)),
    Standing(SENT, "red", (0.02,)),
    Standing(SENT, "yellow", (0.1, 0.5, 2.6)),
    Standing(SENT, "green", (0.3, 0.8, 1.5, 2.5, 4, 5.5, 7, 9, 11, 14, 17, 21)),
    Standing(SENT, "green", (29,)),
    Standing((*SENT, ASK), "green", (3, 10)),
    Standing((*SENT, ASK), "yellow", (1,)),
    Standing((*SENT, BOOKED), "green", (2, 4, 8, 12), 20),
    Standing((*SENT, BOOKED), "yellow", (1, 3), 2),
    Standing((*SENT, BOOKED), "green", (40, 60), -26),
    Standing((*SENT, ACCEPT), "red", (0.4,)),
    Standing((*SENT, BOOKED, MISS), "green", (5, 20)),
    Standing(SEEN, "red", (0.1,)),
    Standing(SEEN, "yellow", (0.6, 2)),
    Standing((*SEEN, STAY), "yellow", (14, 20)),
    Standing((*SEEN, STAY), "red", (10, 30)),
    Standing((*SEEN, STAY, ASSESS_TODAY), "yellow", (2, 5, 18)),
    Standing((*SEEN, STAY, ASSESS_TODAY), "green", (4,)),
    Standing((*SEEN, TREAT), "green", (2, 5)),
    Standing((*SEEN, TREAT, REPLY), "green", (40, 90, 150, 220, 290)),
    Standing((*SEEN, TREAT, REPLY), "yellow", (350, 372)),
    Standing((BEGIN_DOWN,), "green", (1,)),
    Standing((BEGIN_DOWN, REVISE_PLAN), "green", (4,)),
    Standing(DOWNWARD, "green", (2, 5, 9, 16)),
    Standing(DOWNWARD, "green", (27,)),
    Standing((*DOWNWARD, RECEIVE), "green", (5, 20, 40, 60)),
    Standing((*DOWNWARD, RECEIVE), "green", (80,)),
    Standing((*DOWNWARD, REFUSE), "green", (6,)),
)
URGENCIES: dict[str, float] = {"red": 0.12, "yellow": 0.36, "green": 0.52}
