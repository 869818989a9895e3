"""What the pages and the API show of policies: the register, one policy with its versions, one revision."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import NotFound
from yigongti.kernel.policy.comparison import effect_words
from yigongti.kernel.policy.editions import Edition, edition
from yigongti.kernel.policy.kinds import MARKS
from yigongti.kernel.policy.loading import load
from yigongti.kernel.policy.models import PolicyVersion
from yigongti.kernel.policy.outline import KINDS, outline
from yigongti.kernel.policy.places import Place, place_name, places
from yigongti.kernel.policy.store import store


@dataclass(frozen=True)
class PolicyRow:
    """A policy in the register: the edition in force for everyone, and how many places have their own."""

    name: str
    title: str
    room: str
    kind: str
    version: str
    effective_from: date
    lines: int
    marks: str
    own: int
    waiting: int

    @property
    def text(self) -> str:
        """What the search looks in."""
        return f"{self.name} {self.title} {self.kind}".lower()

    def get_absolute_url(self) -> str:
        """The page of the policy."""
        return reverse("policy:policy", args=self.name.split("/"))


def policy_rows() -> list[PolicyRow]:
    """Every policy that is in force today, by name."""
    editions = store().editions()
    waiting = PolicyVersion.objects.filter(status=PolicyVersion.Status.PROPOSED).values_list("name", flat=True)
    proposed = list(waiting)
    return [_row(name, editions, proposed.count(name)) for name in sorted({one.name for one in editions})]


def _row(name: str, editions: list[Edition], waiting: int) -> PolicyRow:
    standing = current(name)
    lines = outline(standing.body)
    return PolicyRow(
        name=name,
        title=standing.body.title,
        room=name.split("/", maxsplit=1)[0],
        kind=KINDS.get(standing.body.kind, standing.body.kind),
        version=standing.version,
        effective_from=standing.body.effective.from_,
        lines=len(lines),
        marks="、".join(MARKS[mark] for mark in MARKS if mark in {line.mark for line in lines}),
        own=len({one.place for one in editions if one.name == name and one.place}),
        waiting=waiting,
    )


def current(name: str, place: str | None = None) -> Edition:
    """The edition in force today, or the next one to come when none is in force yet. Raises NotFound."""
    known = [one for one in store().editions() if one.name == name]
    if known and not any(one.in_force(clock.today()) and one.place in (place, None) for one in known):
        return min(known, key=lambda one: (one.body.effective.from_ < clock.today(), one.body.effective.from_))
    return store().resolve(name, place)


@dataclass(frozen=True)
class VersionRow:
    """One version of a policy in its history."""

    edition: Edition
    in_force: bool
    revision: PolicyVersion | None

    @property
    def place(self) -> str:
        """Who it is for."""
        return place_name(self.edition.place)

    @property
    def effect(self) -> str:
        """From when."""
        return effect_words(self.edition)

    @property
    def status(self) -> str:
        """In force, or what else."""
        if self.revision and self.revision.status != PolicyVersion.Status.APPROVED:
            return self.revision.get_status_display()
        return "在用" if self.in_force else "未在用"


def versions(name: str) -> list[VersionRow]:
    """The history of a policy: files, and revisions of places in every state; newest first."""
    revisions = list(
        PolicyVersion.objects.filter(name=name).select_related("proposed_by", "approved_by", "organization")
    )
    editions = [one for one in store().editions() if one.name == name]
    standing = {store().resolve(name, place).hash for place in {one.place for one in editions} if _any(editions, place)}
    rows = [VersionRow(one, one.hash in standing, None) for one in editions if one.origin != "database"]
    rows += [VersionRow(edition_of(revision), _in_force(revision, standing), revision) for revision in revisions]
    return sorted(rows, key=lambda row: (row.edition.place or "", row.edition.body.effective.from_), reverse=True)


def _any(editions: list[Edition], place: str | None) -> bool:
    """Whether some edition is in force today at a place or for everyone."""
    return any(one.in_force(clock.today()) for one in editions if one.place in (place, None))


def _in_force(revision: PolicyVersion, standing: set[str]) -> bool:
    return revision.status == PolicyVersion.Status.APPROVED and revision.hash in standing


def edition_of(revision: PolicyVersion) -> Edition:
    """The edition that a revision is or would be."""
    return edition(load(revision.text, str(revision)), revision.text, "database")


def edition_by_hash(name: str, digest: str) -> Edition:
    """A version of a policy by the beginning of its hash, revisions included. Raises NotFound."""
    for row in versions(name):
        if digest and row.edition.hash.startswith(digest):
            return row.edition
    raise NotFound(f"{name} 没有这个版本", hint="请从版本列表中选择")


def revisions(actor: Actor) -> QuerySet[PolicyVersion]:
    """Revisions at organisations where the actor proposes or approves; everyone else sees those that were decided."""
    found = PolicyVersion.objects.select_related("proposed_by", "approved_by", "closed_by", "organization")
    if actor.everything:
        return found
    mine = actor.organizations(Permission.POLICY_PROPOSE, Permission.POLICY_APPROVE)
    decided = found.filter(status__in=[PolicyVersion.Status.APPROVED, PolicyVersion.Status.RETIRED])
    return found.filter(organization_id__in=mine) | decided


def access_revision(actor: Actor, revision_id: int) -> PolicyVersion:
    """One revision within the actor's reach. Raises NotFound."""
    found = revisions(actor).filter(pk=revision_id).first()
    if found is None:
        raise NotFound("没有这份修订", hint="请返回规则列表")
    return found


def own_places(actor: Actor) -> list[Place]:
    """The places for which the actor may propose."""
    return [place for place in places().values() if actor.may(Permission.POLICY_PROPOSE, place.organization_id)]


def draft_text(standing: Edition, place: Place, existing: Any) -> str:
    """The text of the standing edition with place, version and date changed for a new proposal."""
    lines = standing.text.splitlines()
    today = clock.today()
    version = f"{today.year}.{1 + max(existing, default=0)}"
    heads = {"version": version, "effective": f"{{from: {today}, to: null}}", "place": place.code}
    changed = [_headed(line, heads) for line in lines]
    if not any(line.startswith("place:") for line in lines):
        after = next(index for index, line in enumerate(changed) if line.startswith("effective:"))
        changed.insert(after + 1, f"place: {place.code}")
    return "\n".join(changed) + "\n"


def _headed(line: str, heads: dict[str, str]) -> str:
    key = line.split(":", 1)[0]
    return f"{key}: {heads[key]}" if key in heads else line
