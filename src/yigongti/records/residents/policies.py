"""The kind of policy of this room: which source wins for which field, and when two people must look at a merge."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from yigongti.kernel.policy.kinds import Path, Policy, Sourced, policy_kind
from yigongti.kernel.policy.outline import Line, describes, sourced

SourceKind = Literal["here", "civil", "insurance", "chss", "his", "lis", "pacs", "cohort", "device", "other"]
FieldOfResident = Literal["name", "document", "sex", "birth_date", "phone", "address", "area", "died_on"]


class Trust(Sourced):
    """Kinds of sources, the most trusted first; among equals the one received last. ``here``: entered on our pages."""

    name: str
    order: Annotated[list[SourceKind], Field(min_length=1)]


class SecondPerson(Sourced):
    """When a merge waits for a second person."""

    when: Literal["always", "both-clinical", "never"] = "both-clinical"


@policy_kind("survivorship")
class Survivorship(Policy):
    """Which source wins for each field of a resident, and who must look at a merge."""

    default: Trust
    fields: dict[FieldOfResident, Trust] = {}
    second_person: SecondPerson = SecondPerson()

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        yield ("default",), self.default
        yield from ((("fields", name), one) for name, one in self.fields.items())
        yield ("second_person",), self.second_person

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        for path, one in [(("default",), self.default), *((("fields", n), t) for n, t in self.fields.items())]:
            if len(set(one.order)) != len(one.order):
                yield (*path, "order"), "同一类来源写了两次", "每类来源只写一次"

    def trust_of(self, field: str) -> list[str]:
        """The order for a field."""
        return list(self.fields.get(field, self.default).order)  # type: ignore[call-overload]


SOURCES = {
    "here": "本平台填写",
    "civil": "户籍与民政",
    "insurance": "医保",
    "chss": "基层卫生系统",
    "his": "医院信息系统",
    "lis": "检验系统",
    "pacs": "影像系统",
    "cohort": "队列数据",
    "device": "设备",
    "other": "其他",
}
MERGES = {
    "always": "每次合并都由第二人复核",
    "both-clinical": "两边都有诊疗记录时由第二人复核",
    "never": "不需要第二人",
}


@describes("survivorship", "信息取用次序")
def _in_words(policy: Survivorship) -> Iterator[Line]:
    """Each field with its order, and when a merge waits."""
    for key, trust in [("default", policy.default), *((f"fields.{name}", one) for name, one in policy.fields.items())]:
        order = " → ".join(SOURCES[one] for one in trust.order)
        yield Line(key, trust.name, consequence=order, codes="、".join(trust.order), **sourced(policy, trust))
    second = policy.second_person
    yield Line(
        "second_person", "合并复核", consequence=MERGES[second.when], codes=second.when, **sourced(policy, second)
    )
