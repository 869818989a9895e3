"""After each computation, and when a month becomes old enough, the results are judged."""

from yigongti.kernel.jobs.pulse import pulse

from .services import judge


@pulse(every=120.0)
def judge_newest() -> bool:
    """Judge the newest computation once; there is never more to do at once."""
    judge()
    return False
