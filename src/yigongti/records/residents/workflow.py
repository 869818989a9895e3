"""The agreements of a merge and of a move: proposed, seen by a second person where clinical data go, undone exactly."""

from typing import Any

from pydantic import BaseModel, Field

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.declaration import Desk, Party, State, Step, Workflow, stay

REVIEWER = Desk("身份核对岗", Party.HOME, Permission.INDEX_REVIEW)
#: where a member has one reviewer only, the data office of the lead is the second pair of eyes
LEAD = Desk("牵头单位身份核对岗", Party.COUNTERPART, Permission.INDEX_REVIEW)


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

    declined(case)


def follow_again(case: Any, actor: Any, data: Any) -> None:
    """What a rule of its table kept with the loser is tried once more."""
    from .services.merging import followed_again

    followed_again(case)


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

    approve = Step("同意合并", proposed >> merged, by=[REVIEWER, LEAD], guard=second_person, does=join, beyond=True)
    decline = Step("不合并", proposed >> declined, by=[REVIEWER, LEAD], asks=Why, does=refused, beyond=True)
    follow = Step("移动留下的内容", stay(merged), by=[REVIEWER, LEAD], does=follow_again, beyond=True)
    unmerge = Step(
        "撤销合并", merged >> unmerged, by=[REVIEWER, LEAD], asks=Why, does=separate, danger=True, beyond=True
    )


def another_mover(case: Any, actor: Any, data: Any) -> None:
    """Whoever proposed to move an identity with clinical data does not approve it."""
    from .services.detaching import refuse_alone

    refuse_alone(case, actor)


def move(case: Any, actor: Any, data: Any) -> None:
    """The identity and all that came under it go to the other resident."""
    from .services.detaching import moved

    moved(case, actor)


def move_back(case: Any, actor: Any, data: Any) -> None:
    """The identity and all that came under it come back."""
    from .services.detaching import undone

    undone(case, actor)


class IdentityMoving(Workflow):
    """A source identity tied to the wrong person (来源身份改归)."""

    name = "identity-move"
    title = "来源身份改归"
    model = "residents.IdentityMove"
    number_prefix = "GG"
    read = Permission.INDEX_REVIEW

    proposed = State("待第二人复核", desk=REVIEWER)
    moved = State("已改归", desk=REVIEWER)
    declined = State("未改归")
    undone = State("已撤销改归")

    approve = Step("同意改归", proposed >> moved, by=[REVIEWER, LEAD], guard=another_mover, does=move, beyond=True)
    decline = Step("不改归", proposed >> declined, by=[REVIEWER, LEAD], asks=Why)
    undo = Step("撤销改归", moved >> undone, by=[REVIEWER, LEAD], asks=Why, does=move_back, danger=True, beyond=True)
