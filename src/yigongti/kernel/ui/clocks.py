"""Clocks of open steps: how much time is left, in the words people use."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from yigongti.kernel import clock

NEARLY = timedelta(minutes=30)


def spell(span: timedelta) -> str:
    """A positive duration in its two largest units: ``1 小时 20 分``."""
    minutes = int(span.total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} 天 {hours} 小时" if hours else f"{days} 天"
    if hours:
        return f"{hours} 小时 {rest} 分" if rest else f"{hours} 小时"
    return f"{rest} 分" if rest else "不到 1 分"


@dataclass(frozen=True)
class Clock:
    """The time limit of a step: when it is due, since when it is paused, and when it was met."""

    due: datetime | None
    paused_since: datetime | None = None
    stopped: datetime | None = None

    @cached_property
    def now(self) -> datetime:
        """The moment that the clock is read at: now, or when it was paused or stopped."""
        return self.stopped or self.paused_since or clock.now()

    @property
    def running(self) -> bool:
        """Whether the clock ticks."""
        return self.due is not None and not self.paused_since and not self.stopped

    @property
    def overdue(self) -> bool:
        """Whether the limit has passed."""
        return self.due is not None and self.now > self.due

    @property
    def tone(self) -> str:
        """``danger`` when overdue, ``warn`` in the last half hour, else calm."""
        if self.due is None or (self.stopped and not self.overdue):
            return "calm"
        if self.overdue:
            return "danger"
        return "warn" if self.running and self.due - self.now <= NEARLY else "calm"

    @property
    def text(self) -> str:
        """What the clock says: 还剩 1 小时 20 分, 超时 35 分, 已暂停."""
        if self.due is None:
            return "无时限"
        left = self.due - self.now
        words = f"超时 {spell(-left)}" if left < timedelta(0) else f"还剩 {spell(left)}"
        if self.stopped:
            return f"超时 {spell(-left)}完成" if left < timedelta(0) else "按时完成"
        return f"已暂停 · {words}" if self.paused_since else words
