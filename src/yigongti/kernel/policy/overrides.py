"""Approved overrides as editions for the store, behind a stamp that one cheap statement reads."""

import logging
from collections.abc import Iterator

from django.db.models import Count, Max

from yigongti.kernel.policy.editions import Edition, content_hash, edition
from yigongti.kernel.policy.loading import load
from yigongti.kernel.policy.models import PolicyVersion
from yigongti.kernel.policy.problems import PolicyRefused
from yigongti.kernel.policy.store import Overrides

log = logging.getLogger(__name__)


def stamp() -> tuple[object, ...]:
    """Changes whenever an approved override comes or goes."""
    approved = PolicyVersion.objects.filter(status=PolicyVersion.Status.APPROVED)
    found = approved.aggregate(latest=Max("approved_at"), number=Count("pk"), last=Max("pk"))
    return found["latest"], found["number"], found["last"]


def editions() -> Iterator[Edition]:
    """Every approved override that is usable."""
    for version in PolicyVersion.objects.filter(status=PolicyVersion.Status.APPROVED).order_by("pk"):
        if found := usable(version):
            yield found


def usable(version: PolicyVersion) -> Edition | None:
    """The edition of an approved override, or None (and an error in the log) when its text is not what was approved."""
    if content_hash(version.text) != version.hash:
        log.error("policy override %s does not match its hash and is not used", version.pk)
        return None
    try:
        return edition(load(version.text, str(version)), version.text, "database")
    except PolicyRefused as refused:
        log.error("policy override %s is refused and not used: %s", version.pk, refused)
        return None


OVERRIDES = Overrides(stamp, editions)
