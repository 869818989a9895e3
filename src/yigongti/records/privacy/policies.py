"""Policy kind ``protection``: which rows of the record are protected, and from whom."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from yigongti.kernel.policy.kinds import Identifier, Path, Policy, Sourced, policy_kind
from yigongti.kernel.policy.outline import Line, describes, sourced
from yigongti.kernel.policy.store import resolve
from yigongti.records.residents.models import CareRelation

ORGANIZATION = "organization"
#: whom a category may let see its rows: those of the organisation that wrote them, or whoever has such a relation
VIEWERS = (ORGANIZATION, *CareRelation.Kind.values)
#: what goes with the visit at which it was made; measurements and allergies never do: care is not safe without them
INHERITING = (
    "condition",
    "diagnosticreport",
    "procedure",
    "medicationrequest",
    "medicationdispense",
    "medicationstatement",
    "careplan",
    "documentreference",
)
RANGE = re.compile(r"([A-Z]\d\d)-([A-Z]\d\d)")
Viewer = Literal["organization", "registered", "signed", "grid", "encounter", "referral", "emergency", "shared"]


class Category(Sourced):
    """A category of rows: how they are recognised and who sees them.

    Without ``protected`` its rows are like all others until the resident hides them. ``whole_visit``: a diagnosis of
    the category protects the visit at which it was made, and what was written there.
    """

    id: Identifier
    name: str
    meaning: Annotated[str, Field(description="what the resident reads before hiding it")]
    protected: bool = True
    seen_by: list[Viewer] = Field(default_factory=list)
    whole_visit: bool = False
    icd10: list[str] = Field(default_factory=list)
    icd9: list[str] = Field(default_factory=list)
    codes: Annotated[dict[str, list[str]], Field(description="other code systems; ``local``: codes of sources")] = {}
    words: list[str] = Field(default_factory=list)
    departments: list[str] = Field(default_factory=list)

    def terms(self) -> Iterator[tuple[str, str, str]]:
        """Kind (code, word, department), code system, value: ranges of ICD-10 as their three-character codes."""
        for text in self.icd10:
            yield from (("code", "icd-10", code) for code in expanded(text))
        yield from (("code", "icd-9-cm-3", code) for code in self.icd9)
        for system, codes in self.codes.items():
            yield from (("code", system, code) for code in codes)
        yield from (("word", "", word.lower()) for word in self.words)
        yield from (("department", "", word) for word in self.departments)


@policy_kind("protection")
class Protection(Policy):
    """Categories, the most protected first: a row that fits several belongs to the first."""

    after_hiding: Annotated[list[Viewer], Field(description="who still sees what a resident has hidden")]
    inherits: Annotated[list[str], Field(description="kinds of rows that go with a protected visit")]
    categories: Annotated[list[Category], Field(min_length=1)]

    def items(self) -> Iterator[tuple[Path, Sourced]]:
        yield from ((("categories", index), category) for index, category in enumerate(self.categories))

    def problems(self) -> Iterator[tuple[Path, str, str]]:
        seen: set[str] = set()
        for index, category in enumerate(self.categories):
            if category.id in seen:
                yield ("categories", index, "id"), f"类别 {category.id} 写了两次", ""
            seen.add(category.id)
            if not any((category.icd10, category.icd9, category.codes, category.words, category.departments)):
                yield ("categories", index), "没有写明怎样识别", "icd10、icd9、codes、words、departments 至少写一项"
        for index, kind in enumerate(self.inherits):
            if kind not in INHERITING:
                yield ("inherits", index), f"不能写 {kind}", "、".join(INHERITING)

    def category(self, code: str) -> Category | None:
        """The category of a code."""
        return next((category for category in self.categories if category.id == code), None)


RECOGNISED = {"icd10": "ICD-10", "icd9": "手术编码", "words": "词语", "departments": "科室"}


@describes("protection", "保护")
def _in_words(policy: Protection) -> Iterator[Line]:
    """Each category: how it is recognised, and who sees it, before and after the resident hides it."""
    for index, category in enumerate(policy.categories):
        signs = [(label, getattr(category, name)) for name, label in RECOGNISED.items()]
        signs += [(system.upper(), codes) for system, codes in category.codes.items()]
        how = "；".join(f"{label} {'、'.join(values)}" for label, values in signs if values)
        who = f"只有{_viewers(category.seen_by)}可见" if category.protected else "与其他记录一样可见，本人可以隐藏"
        yield Line(
            f"categories.{index}",
            category.name,
            condition=how,
            note=category.meaning,
            consequence=f"{who}{'；当次就诊一起保护' if category.whole_visit else ''}",
            codes=category.id,
            **sourced(policy, category),
        )
    hidden = f"{_viewers(policy.after_hiding)}仍可见"
    said = "、".join(policy.after_hiding)
    yield Line("after_hiding", "本人隐藏以后", consequence=hidden, codes=said, **sourced(policy, Sourced()))


def _viewers(codes: list[Viewer]) -> str:
    """Who sees, in words."""
    words = {ORGANIZATION: "写下记录的机构", **dict(CareRelation.Kind.choices)}
    return "、".join(words[code] for code in codes)


def expanded(text: str) -> list[str]:
    """``B20-B24`` as B20, B21 … B24; anything else as it stands."""
    found = RANGE.fullmatch(text)
    if found is None:
        return [text]
    first, last = found.groups()
    letters = [chr(n) for n in range(ord(first[0]), ord(last[0]) + 1)]
    return [code for letter in letters for n in range(100) if first <= (code := f"{letter}{n:02d}") <= last]


def protection() -> Protection:
    """The policy in force."""
    body = resolve("record/sensitive").body
    assert isinstance(body, Protection)
    return body
