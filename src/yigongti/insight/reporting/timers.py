"""What time brings: reports of periods that are over are opened, old ones are archived."""

from yigongti.kernel.jobs.pulse import pulse

from .services import AT_ONCE, archive_old, open_due


@pulse(every=1800.0)
def open_and_archive() -> bool:
    """Open what is owed, archive what is old; True when there may be more."""
    opened, archived = open_due(), archive_old()
    return AT_ONCE in (opened, archived)
