"""The policy as the database reads it: written anew when another edition is in force; then all rows are marked anew."""

from typing import Any

from django.db import connections, models, transaction

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.jobs import services as jobs
from yigongti.kernel.jobs.declaration import Outcome, Work, job
from yigongti.kernel.jobs.pulse import pulse
from yigongti.kernel.policy.editions import Edition
from yigongti.kernel.policy.store import Store, folder, resolve

from .models import Category, Opening, Term
from .policies import ORGANIZATION, VIEWERS, Protection

POLICY = "record/sensitive"


def rows(policy: Protection, digest: str) -> tuple[list[Category], list[Term], list[Opening]]:
    """What the tables say of a policy."""
    categories, terms, openings = [], [], []
    for rank, category in enumerate(policy.categories):
        categories.append(Category(category.id, rank, category.whole_visit, digest))
        terms += [
            Term(kind=kind, system=system, value=value, category=category.id, rank=rank)
            for kind, system, value in category.terms()
        ]
        viewers = category.seen_by if category.protected else [ORGANIZATION, *VIEWERS[1:]]
        openings += [
            Opening(
                category=category.id,
                viewer=viewer,
                anyone=not category.protected,
                always=viewer in policy.after_hiding,
            )
            for viewer in viewers
        ]
    terms += [Term(kind="inherits", value=kind) for kind in policy.inherits]
    return categories, terms, openings


def settle(using: str = "default", edition: Edition | None = None) -> bool:
    """Bring the tables in line with the policy in force; returns whether anything was different."""
    edition = edition or resolve(POLICY)
    policy, digest = edition.body, edition.hash
    assert isinstance(policy, Protection)
    made: dict[type[models.Model], list[Any]] = dict(zip((Category, Term, Opening), rows(policy, digest), strict=True))
    with transaction.atomic(using=using):
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('privacy_settle'))")
        if set(Category.objects.using(using).values_list("digest", flat=True)) == {digest}:
            return False
        for table, content in made.items():
            table._default_manager.using(using).all().delete()
            table._default_manager.using(using).bulk_create(content)
    return True


def mark_again(using: str = "default") -> None:
    """Look at every row of the record anew."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT privacy_mark_again()")


def after_migration(using: str, **_: Any) -> None:
    """A new installation protects from its first row, by the files alone; afterwards the pulse follows the policy."""
    if not Category.objects.using(using).exists():
        settle(using, Store(folder()).resolve(POLICY))
        mark_again(using)


@job("privacy.mark", title="按新的保护规则重新标记档案")
def remark(actor: Actor, work: Work) -> Outcome:
    """Every row of the record, set-based, in one transaction."""
    mark_again()
    return Outcome("已按现行规则标记")


@pulse(every=60)
def follow_policy() -> None:
    """Another edition came into force: at once for new rows, by a job for those that are there."""
    with acting(SYSTEM):
        if settle():
            jobs.start(SYSTEM, "privacy.mark", subject="record")
