"""What the steps of an extract check and do: guards refuse, effects change the case in memory."""

from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from yigongti.kernel import clock
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yigongti.kernel.policy.bodies import Reasons
from yigongti.kernel.policy.editions import Edition
from yigongti.kernel.policy.store import resolve, store
from yigongti.registry.places.models import Area

from . import pseudonyms, schemas, vault
from .models import Extract
from .policies import ExtractPolicy


def edition_in_force(name: str) -> Edition:
    """The edition of an extract. Raises NotFound."""
    found = resolve(name)
    if not isinstance(found.body, ExtractPolicy):
        raise NotFound(f"{name} 不是可申请的数据")
    return found


def approved_policy(case: Extract) -> ExtractPolicy:
    """The policy of a case: the edition that was prepared, else the one in force. Raises NotFound when it is gone."""
    if not case.policy_hash:
        body = edition_in_force(case.policy).body
        assert isinstance(body, ExtractPolicy)
        return body
    for one in store().editions():
        if one.name == case.policy and one.hash == case.policy_hash and isinstance(one.body, ExtractPolicy):
            return one.body
    raise NotFound("批准时的规则版本已不存在", hint="请撤回后按现行规则重新申请")


def reasons() -> Reasons:
    """The reasons for not giving data."""
    body = resolve("extract/reasons").body
    assert isinstance(body, Reasons)
    return body


def check_period(policy: ExtractPolicy, first: date, last: date) -> None:
    """Raises Invalid when the period makes no sense or is longer than the policy allows."""
    if last < first:
        raise Invalid("止早于起", field="last")
    if last > clock.today():
        raise Invalid("止不能晚于今天", field="last")
    if (last - first).days >= policy.longest_days:
        raise Invalid(f"期间最长 {policy.longest_days} 天", hint="请缩短，或分几次申请", field="last")


def area_name(code: str) -> str:
    """The name of an area. Raises Invalid."""
    if not code:
        return ""
    name = Area.objects.filter(pk=code).values_list("name", flat=True).first()
    if name is None:
        raise Invalid("没有这个居住地", field="area")
    return str(name)


def prepare(case: Extract, actor: Actor, data: schemas.Preparation) -> None:
    """Settle period, area and k, under the edition in force now."""
    edition = edition_in_force(case.policy)
    policy = edition.body
    assert isinstance(policy, ExtractPolicy)
    check_period(policy, data.first, data.last)
    if data.first < case.first or data.last > case.last:
        raise Invalid("期间不能超出申请的期间", hint=f"申请的是 {case.first} 至 {case.last}", field="first")
    if case.area and not data.area.startswith(case.area):
        raise Invalid("居住地不能超出申请的范围", hint=f"申请的是{case.area_name}", field="area")
    if data.k < policy.k:
        raise Invalid(f"k 不能低于规则的 {policy.k}", field="k")
    case.first, case.last, case.k = data.first, data.last, data.k
    case.area, case.area_name = data.area, area_name(data.area)
    case.policy_hash, case.prepared_by_id = edition.hash, actor.user_id
    case.report = {}


def another_person(case: Extract, actor: Actor, data: schemas.Approval) -> None:
    """The second person neither asked nor prepared nor receives, and approves what was prepared."""
    if actor.user_id is None or actor.user_id in (case.requested_by_id, case.prepared_by_id, case.recipient_id):
        raise Forbidden("批准的人不能是申请、准备或领取的人", hint="请由另一位有批准权限的人办理")
    edition = edition_in_force(case.policy)
    if edition.hash != case.policy_hash:
        raise Conflict("准备以后规则有了新版本", hint="请信息科按新版本重新准备")
    assert isinstance(edition.body, ExtractPolicy)
    if wrong := set(data.categories) - set(edition.body.protected):
        raise Invalid(f"规则没有写明可以开放 {'、'.join(sorted(wrong))}", field="categories")


def approve(case: Extract, actor: Actor, data: schemas.Approval) -> None:
    """Remember who approved and how far they reach; a secret of its own makes the pseudonyms."""
    case.approved_by_id = actor.user_id
    case.reach = sorted(actor.organizations(Permission.EXTRACT_APPROVE))
    case.categories = sorted(data.categories)
    case.secret = pseudonyms.new_secret()
    case.answer = data.note


def refuse(case: Extract, actor: Actor, data: schemas.Refusal) -> None:
    """Keep the reason. Raises Invalid where it needs words."""
    reason = reasons().reason("refuse", data.reason)
    if reason.needs_note and not data.note:
        raise Invalid("请写明理由", field="note")
    case.answer = f"{reason.name}{'：' + data.note if data.note else ''}"[:500]
    case.secret = None


def finished(case: Extract, actor: Actor, data: schemas.Made) -> None:
    """Keep what came of it; making it again does not lengthen the retention."""
    policy, now = approved_policy(case), clock.now()
    case.rows, case.digest, case.size = data.rows, data.digest, data.size
    case.made, case.made_at = case.made + 1, now
    case.expires_at = case.expires_at or now + timedelta(days=policy.retention_days)


def fell_short(case: Extract, actor: Actor, data: schemas.Short) -> None:
    """Nothing is released: the report says why; the approval is spent."""
    case.answer = data.note[:500]
    case.approved_by_id, case.secret, case.reach, case.categories = None, None, [], []
    case.digest, case.size, case.rows, case.expires_at = "", 0, 0, None
    remove_later(case.pk)


def idle(case: Extract, actor: Actor, data: schemas.Nothing) -> None:
    """It is not made again while it is being made, nor after its time."""
    from yigongti.kernel.jobs.services import seen

    job = seen(case.job)
    if case.state == "making" and job is not None and job.open:
        raise Conflict("正在生成", hint="请等它结束，或先取消后台任务")
    if case.expires_at is not None and case.expires_at <= clock.now():
        raise Conflict("保存期已过", hint="请重新申请")


def is_recipient(case: Extract, actor: Actor, data: schemas.Nothing) -> None:
    """Only the recipient, only within the retention."""
    if actor.user_id != case.recipient_id:
        raise Forbidden("只有领取人本人能下载", hint=f"领取人是{case.recipient.name}")
    if not case.has_file or not vault.exists(case.pk):
        raise NotFound("文件已过期销毁", hint="如仍需要，请重新申请")


def fetched(case: Extract, actor: Actor, data: schemas.Nothing) -> None:
    """Count it."""
    case.downloads += 1


def destroyed(case: Extract, actor: Actor, data: schemas.Words) -> None:
    """The file goes and so does the secret: the pseudonyms can never be made again."""
    case.secret = None
    remove_later(case.pk)


def remove_later(case_id: UUID) -> None:
    """Remove the file when the transaction is committed."""
    transaction.on_commit(lambda: vault.remove(case_id))


def is_requester(case: Extract, actor: Actor, data: schemas.Words) -> None:
    """Only who asked takes it back."""
    if actor.user_id != case.requested_by_id:
        raise Forbidden("只有申请人本人能撤回", hint=f"申请人是{case.requested_by.name}")
