"""The pieces of a case page, the same for every kind of case. The cases room fills them from a declared workflow."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from yigongti.kernel.ui.banners import ResidentBanner
from yigongti.kernel.ui.clocks import Clock
from yigongti.kernel.ui.diagram import Diagram

Tone: TypeAlias = Literal["calm", "accent", "warn", "danger"]


@dataclass(frozen=True, kw_only=True)
class CaseState:
    """Where a case stands: the state's label, who is next (organisation, office or person) and the clock."""

    label: str
    who: str = ""
    clock: Clock | None = None
    tone: Tone = "accent"
    number: str = ""
    note: str = ""
    mine: bool = False
    """Whether the next step is the actor's own."""


@dataclass(frozen=True, kw_only=True)
class Action:
    """A step that the actor can take. ``asks`` opens the form at ``url``; otherwise the button posts to it at once.

    ``page`` says that ``url`` is a page of its own, which no dialog holds.
    ``blocked`` says why the step cannot be taken now: the button stays visible and grey with the reason.
    """

    key: str
    label: str
    url: str
    main: bool = False
    tone: Tone = "calm"
    asks: bool = True
    page: bool = False
    icon: str = ""
    hint: str = ""
    blocked: str = ""
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class TimelineEntry:
    """One thing that happened: what, when, who, where, with the words they left."""

    title: str
    at: datetime
    who: str = ""
    organization: str = ""
    note: str = ""
    tone: Tone = "calm"
    lasted: str = ""
    details: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Document:
    """A file or a print form that belongs to the case."""

    title: str
    url: str
    kind: str = ""
    at: datetime | None = None
    icon: str = "file-text"


@dataclass(frozen=True, kw_only=True)
class CasePage:
    """A whole case page: ``ui/case.html`` draws it, a room adds its own content in the block ``case``."""

    title: str
    state: CaseState
    actions: Iterable[Action] = ()
    timeline: Iterable[TimelineEntry] = ()
    documents: Iterable[Document] = ()
    banner: ResidentBanner | None = None
    diagram: Diagram | None = None
    facts: tuple[tuple[str, str], ...] = ()
    """Label and text pairs shown beside the state: from, to, disease, urgency."""
    place: str = ""
    """Name of the place where higher rooms may add panels, such as ``referral.case``."""
    urgency: tuple[str, Tone] | None = None
    extra: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ProgressStep:
    """One step of a row of steps (``<c-steps>``)."""

    label: str
    state: Literal["done", "current", "ahead", "skipped"] = "ahead"
    note: str = ""
