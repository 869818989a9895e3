"""What a system can subscribe to. A higher room offers its own news with :func:`offer`."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Offer:
    """A piece of news: its name in the house, its title, and which keys of the payload are ids of which resource."""

    name: str
    title: str
    references: Mapping[str, str]

    def of(self, payload: Mapping[str, object]) -> list[str]:
        """The references of a payload, such as ``Encounter/0193…``; nothing else of it leaves the house."""
        return [f"{kind}/{payload[key]}" for key, kind in self.references.items() if payload.get(key)]


WAKING = "RecordChanged"
"""Says only that the change feed has grown."""

PATIENT = {"resident": "Patient"}
_offers: dict[str, Offer] = {}


def offer(name: str, title: str, references: Mapping[str, str]) -> None:
    """Let systems subscribe to the news ``name``; called when the app is loaded."""
    _offers[name] = Offer(name, title, references)


def offers() -> Mapping[str, Offer]:
    """Everything that is offered, by name."""
    return dict(sorted(_offers.items()))


offer(WAKING, "变更流有新内容（只作提醒，不带编号）", {})
offer("EncounterRecorded", "记录了就诊或随访", {"encounter": "Encounter", **PATIENT})
offer("AdmittedElsewhere", "住院", {"encounter": "Encounter", **PATIENT})
offer("ResidentDied", "居民死亡", PATIENT)
offer("ResidentDeathCorrected", "死亡登记撤销", PATIENT)
offer("ResidentMoved", "居民迁出", PATIENT)
offer("ResidentReturned", "居民迁回", PATIENT)
offer("ConsentWithdrawn", "居民撤回授权", PATIENT)
offer("ResidentTied", "来源身份归入居民", PATIENT)
offer("ResidentsMerged", "两份档案合并", {"survivor": "Patient", "loser": "Patient"})
offer("IdentityMoved", "来源身份改归另一位居民", {"before": "Patient", "after": "Patient"})
offer("ResponsibilityChanged", "住址变更，责任机构随之变更", PATIENT)
offer("ResidentsUnmerged", "档案合并撤销", {"survivor": "Patient", "loser": "Patient"})
