"""The agreement of a merge: proposed, seen by a second person where both have clinical data, undone exactly."""

from typing import Any

from pydantic import BaseModel, Field

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.declaration import Desk, Party, State, Step, Workflow

REVIEWER = Desk("身份核对岗", Party.HOME, Permission.INDEX_REVIEW)


class Why(BaseModel):
    """Why."""

    reason: str = Field(title="理由", min_length=2, max_length=200)


def second_person(case: Any, actor: Any, data: Any) -> None:
    """Whoever proposed a merge of two records with clinical data does not approve it."""
    from .services.merging import refuse_alone

    refuse_alone(case, actor)


def join(case: Any, actor: Any, data: Any) -> None:
    """Everything of the loser follows to the survivor."""
    from .services.merging import joined

    joined(case)


def refused(case: Any, actor: Any, data: Any) -> None:
    """The two stay two."""
    from .services.merging import declined

    declined(actor, case)


def separate(case: Any, actor: Any, data: Any) -> None:
    """Everything that came goes back."""
    from .services.merging import separated

    separated(case)


class ResidentMerging(Workflow):
    """Two records of one person (档案合并)."""

    name = "resident-merge"
    title = "档案合并"
    model = "residents.ResidentMerge"
    number_prefix = "HB"
    read = Permission.INDEX_REVIEW

    proposed = State("待第二人复核", desk=REVIEWER)
    merged = State("已合并", desk=REVIEWER)
    declined = State("未合并")
    unmerged = State("已撤销合并")

    approve = Step("同意合并", proposed >> merged, by=[REVIEWER], guard=second_person, does=join)
    decline = Step("不合并", proposed >> declined, by=[REVIEWER], asks=Why, does=refused)
    unmerge = Step("撤销合并", merged >> unmerged, by=[REVIEWER], asks=Why, does=separate, danger=True)
