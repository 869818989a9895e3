"""Ask for an extract, add the paper it rests on, fetch it."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.cases.advance import advance, open_case
from yigongti.kernel.cases.worklists import owed, visible
from yigongti.kernel.ciphers import sm4
from yigongti.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from yigongti.kernel.notices.services import holding
from yigongti.records.health_record.registers import REGISTERS
from yigongti.registry.consortia.models import Membership
from yigongti.registry.organizations.models import Organization
from yigongti.registry.places.models import Area

from . import schemas, vault
from .models import Extract, Paper
from .policies import ExtractPolicy
from .steps import area_name, check_period, edition_in_force
from .workflow import Extraction

P = Permission
ANY = (P.EXTRACT_REQUEST, P.EXTRACT_PREPARE, P.EXTRACT_APPROVE, P.EXTRACT_RECEIVE)
LARGEST_PAPER = 5 << 20
PAPERS = {b"%PDF": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png"}


def concerned(actor: Actor) -> bool:
    """Whether extracts are any of the actor's business."""
    return any(actor.may(permission) for permission in ANY)


def extracts(actor: Actor) -> QuerySet[Extract]:
    """Those in which an organisation of the actor's takes part."""
    rows = visible(actor, Extract, *ANY).defer("report")
    return rows.select_related("requested_by", "recipient", "home_organization", "owner_organization")


def to_handle(actor: Actor) -> QuerySet[Extract]:
    """What the actor's desks owe; what waits to be fetched only for its recipient."""
    waiting = owed(actor, Extract)
    fetched_by_others = waiting.filter(state__in=["ready", "downloaded"]).exclude(recipient_id=actor.user_id)
    return waiting.exclude(state="downloaded").exclude(pk__in=fetched_by_others.order_by().values("pk"))


def access_extract(actor: Actor, case_id: UUID) -> Extract:
    """One extract within reach. Raises NotFound."""
    with acting(actor):
        found = visible(actor, Extract, *ANY).filter(pk=case_id)
        case = found.select_related(
            *("requested_by", "recipient", "prepared_by", "approved_by", "owner_user"),
            *("home_organization", "counterpart_organization", "owner_organization"),
        ).first()
    if case is None:
        raise NotFound("没有找到这件申请，或者它不在您的权限范围内", hint="请从去标识化数据列表打开")
    return case


def keepers(actor: Actor) -> list[tuple[int, str]]:
    """The organisations whose data office may be asked: in reach, or in the same consortium."""
    with_office = Grant.objects.filter(role__in=holding(P.EXTRACT_PREPARE)).values("organization_id")
    home = actor.organization_id or 0
    together = Membership.objects.on().filter(organization_id=home).values("consortium_id")
    members = Membership.objects.on().filter(consortium_id__in=together).values("organization_id")
    offices = Organization.objects.filter(pk__in=with_office)
    near = offices.filter(pk__in=[*actor.organizations(P.EXTRACT_REQUEST)]) | offices.filter(pk__in=members)
    return [(one.pk, one.name) for one in near.distinct().order_by("code")]


def recipients(actor: Actor) -> list[tuple[int, str]]:
    """Accounts at the actor's organisation that may fetch extracts."""
    grants = Grant.objects.filter(role__in=holding(P.EXTRACT_RECEIVE), organization_id=actor.organization_id or 0)
    users = User.objects.filter(pk__in=grants.values("user_id"), is_active=True).order_by("name", "pk")
    return [(user.pk, user.name) for user in users]


def areas(actor: Actor, within: str = "") -> list[tuple[str, str]]:
    """Counties and towns around the actor's organisation (or within an area), by code."""
    home = Organization.objects.filter(pk=actor.organization_id or 0).values_list("area_code", flat=True).first() or ""
    found = Area.objects.filter(level__in=["county", "town"], code__startswith=within or home[:6])
    return [(area.code, area.name) for area in found.order_by("code")[:200]]


def conditions(policy: ExtractPolicy) -> list[tuple[str, str]]:
    """The conditions that the extract may be narrowed to."""
    return [(code, REGISTERS[code].name) for code in policy.conditions]


def request_extract(actor: Actor, *, policy: str, data: schemas.Request, key: UUID | None = None) -> Extract:
    """Open the case; the data office of ``keeper`` has it next. Raises Invalid, Forbidden, NotFound."""
    home, asker = actor.organization_id, actor.user_id
    actor.require(P.EXTRACT_REQUEST, home)
    if home is None or asker is None:
        raise Forbidden("由人申请，平台不能自己申请")
    edition = edition_in_force(policy)
    body = edition.body
    assert isinstance(body, ExtractPolicy)
    with acting(actor):
        _check(actor, body, data)
        case = Extract(
            workflow=Extraction.name,
            state="requested",
            home_organization_id=home,
            counterpart_organization_id=data.keeper,
            policy=policy,
            title=body.title,
            purpose=data.purpose,
            reason=data.reason,
            used_by=data.used_by,
            ethics=data.ethics,
            requested_by_id=asker,
            recipient_id=data.recipient,
            area=data.area,
            area_name=area_name(data.area),
            first=data.first,
            last=data.last,
            condition=data.condition,
            k=body.k,
        )
        outcome = open_case(actor, case, key=key, data={"note": data.reason})
        assert isinstance(outcome.case, Extract)
        return outcome.case


def _check(actor: Actor, body: ExtractPolicy, data: schemas.Request) -> None:
    if data.purpose not in body.purposes:
        raise Invalid("这份数据不能用于这种用途", field="purpose")
    if data.purpose == "research" and not data.ethics:
        raise Invalid("医学科学研究须有伦理审查批件", hint="请填写批件号", field="ethics")
    if data.condition and data.condition not in body.conditions:
        raise Invalid("这份数据不能按这种专病取", field="condition")
    if data.keeper not in dict(keepers(actor)):
        raise Invalid("不能向这家机构申请", hint="请选择本医共体或辖区内有信息科的机构", field="keeper")
    if data.recipient not in dict(recipients(actor)):
        raise Invalid("领取人须是本机构有领取权限的人", field="recipient")
    check_period(body, data.first, data.last)


def add_paper(actor: Actor, *, case: Extract, file: UploadedFile | None) -> Paper:
    """Keep the approval of the ethics committee, encrypted. Raises Invalid, Forbidden, Conflict."""
    if actor.user_id != case.requested_by_id:
        raise Forbidden("只有申请人能上传批件")
    if case.state not in ("requested", "prepared", "short"):
        raise Conflict("批准以后不能再换批件")
    if file is None or not file.name:
        raise Invalid("没有选择文件", field="file")
    if (file.size or 0) > LARGEST_PAPER:
        raise Invalid(f"文件超过 {LARGEST_PAPER >> 20} MB", hint="请压缩后再传", field="file")
    content = file.read()
    kind = next((kind for start, kind in PAPERS.items() if content.startswith(start)), "")
    if not kind:
        raise Invalid("只收 PDF、JPG 和 PNG", field="file")
    name = file.name.replace("\\", "/").rsplit("/", 1)[-1][-200:]
    with acting(actor):
        paper = Paper(extract=case, name=name, media_type=kind, size=len(content), added_by=actor.user_id)
        paper.content = sm4.encrypt(content, paper.sealed_for())
        paper.save()
        return paper


def papers(case: Extract) -> Sequence[Paper]:
    """The papers of a case, without their content."""
    return list(Paper.objects.filter(extract=case).defer("content"))


def paper_of(actor: Actor, case: Extract, paper_id: int) -> tuple[Paper, bytes]:
    """One paper in clear; looked at by name. Raises NotFound."""
    with acting(actor):
        found = Paper.objects.filter(extract=case, pk=paper_id).first()
        if found is None:
            raise NotFound("没有这份批件")
        note(actor, Entry.Action.READ, subject="extracts:paper", subject_id=str(case.pk), number=case.number)
        return found, sm4.decrypt(bytes(found.content), found.sealed_for())


def fetch(actor: Actor, *, case: Extract, key: UUID | None = None) -> bytes:
    """The file in clear, for the recipient; counted and noted. Raises Forbidden, NotFound, Conflict."""
    with acting(actor):
        done = advance(actor, Extraction, case.pk, "download", {}, key=key).case
        content = vault.fetch(case.pk)
        note(
            actor,
            Entry.Action.EXPORT,
            subject="extracts:file",
            subject_id=str(case.pk),
            number=case.number,
            digest=done.digest,  # type: ignore[attr-defined]
        )
        return content


def period_of(today: date) -> tuple[date, date]:
    """The period that a form begins with: the last whole year."""
    return date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)
