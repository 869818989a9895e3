"""Forms about a registered person: where they live, who cares for them, whom to call, that they moved away or died."""

from typing import Any

from yigongti.kernel import clock
from yigongti.kernel.access.permissions import Permission

from . import choices, queries, schemas, services
from .forms import OfResident


class Move(OfResident):
    """The person lives elsewhere."""

    title, submit, schema, done = "变更住址", "保存", schemas.Address, "住址已变更，责任机构随之更新。"

    def initial(self, actor: Any) -> dict[str, Any]:
        resident = self.resident(actor)
        return {"area": resident.area_id, "address": resident.address}

    def choices(self, actor: Any) -> dict[str, Any]:
        return {"areas": choices.areas(actor)}

    def context(self, actor: Any) -> dict[str, Any]:
        return {**super().context(actor), "effect": "网格责任机构按新住址重新确定，原责任机构不再能查看档案。"}

    def run(self, actor: Any, data: schemas.Address, *, key: str, version: int | None) -> str:
        services.move(
            actor, resident_id=self.resident_id, version=version or 0, area_code=data.area, address=data.address
        )
        return self.go_to()


class Sign(OfResident):
    """Sign with a centre and a family doctor."""

    title, submit, schema, done = "家庭医生签约", "签约", schemas.Signing, "已签约。"

    def initial(self, actor: Any) -> dict[str, Any]:
        return {"organization": actor.organization_id}

    def choices(self, actor: Any) -> dict[str, Any]:
        return choices.signing(actor)

    def run(self, actor: Any, data: schemas.Signing, *, key: str, version: int | None) -> str:
        services.sign(
            actor,
            resident_id=self.resident_id,
            organization_id=data.organization,
            doctor_id=data.doctor,
            until=data.until,
        )
        return self.go_to()


class EndSigning(OfResident):
    """End the signing."""

    title, submit, schema, done, tone = "解约", "解约", schemas.OnDay, "已解约。", "danger"

    def initial(self, actor: Any) -> dict[str, Any]:
        return {"on": clock.today()}

    def context(self, actor: Any) -> dict[str, Any]:
        signing = queries.signed_centre(self.resident_id)
        effect = (
            f"与{signing.organization}的签约从这一天起结束，签约机构不再能查看档案。" if signing else "目前没有签约。"
        )
        return {**super().context(actor), "effect": effect}

    def run(self, actor: Any, data: schemas.OnDay, *, key: str, version: int | None) -> str:
        services.end_signing(actor, resident_id=self.resident_id, on=data.on)
        return self.go_to()


class Consent(OfResident):
    """What the person agrees to."""

    title, submit, schema, done = "登记知情同意", "保存", schemas.Consenting, "已登记。"
    permission = reads = Permission.RECORD_WRITE

    def run(self, actor: Any, data: schemas.Consenting, *, key: str, version: int | None) -> str:
        services.grant_consent(actor, resident_id=self.resident_id, kind=data.kind, evidence=data.evidence)
        return self.go_to()


class AddContact(OfResident):
    """Someone to call."""

    title, submit, schema, done = "添加联系人", "保存", schemas.ContactPerson, "已添加。"

    def run(self, actor: Any, data: schemas.ContactPerson, *, key: str, version: int | None) -> str:
        services.add_contact(actor, resident_id=self.resident_id, **data.model_dump())
        return self.go_to()


class RecordDeath(OfResident):
    """The person died."""

    title, submit, schema, done, tone = "登记死亡", "登记死亡", schemas.OnDay, "已登记死亡。", "danger"

    def context(self, actor: Any) -> dict[str, Any]:
        effect = "未开始的转诊和随访将自动关闭；登记有误可以撤销。"
        return {**super().context(actor), "effect": effect}

    def run(self, actor: Any, data: schemas.OnDay, *, key: str, version: int | None) -> str:
        services.record_death(actor, resident_id=self.resident_id, died_on=data.on)
        return self.go_to()


class RecordMoved(OfResident):
    """The person moved away."""

    title, submit, schema, done, tone = "登记迁出", "登记迁出", schemas.Moving, "已登记迁出。", "danger"

    def context(self, actor: Any) -> dict[str, Any]:
        return {**super().context(actor), "effect": "不再属于任何网格；返回时撤销迁出即可。"}

    def run(self, actor: Any, data: schemas.Moving, *, key: str, version: int | None) -> str:
        services.record_moved(actor, resident_id=self.resident_id, moved_on=data.on, to=data.to)
        return self.go_to()
