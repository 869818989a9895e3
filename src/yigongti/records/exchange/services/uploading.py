"""Files that people and systems hand in: kept in a folder of ours until they are loaded."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile

from yigongti.config import configuration
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.cases.advance import advance as step
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.errors import Conflict, Invalid, NotFound
from yigongti.kernel.jobs.models import Job
from yigongti.kernel.jobs.services import start

from ..models import Load
from ..workflow import Delivery
from .receiving import accept
from .sources import source_system


def hand_in(
    actor: Actor,
    *,
    source: str,
    mapping: str,
    files: Sequence[UploadedFile],
    channel: str = Load.Channel.PAGE,
    corrects: Load | None = None,
) -> Load:
    """Keep the files, open the load and start working it off in the background. Raises Invalid, Forbidden."""
    if not files:
        raise Invalid("没有选择文件", hint="请选择一个或多个文件", field="files")
    system = source_system(source)
    actor.require(Permission.EXCHANGE_RECEIVE, system.organization_id)
    folder = configuration().home / "deliveries" / str(new_id())
    folder.mkdir(parents=True, mode=0o700)
    try:
        paths = [_kept(file, folder) for file in files]
        load = accept(actor, source=system, mapping=mapping, files=paths, channel=channel, kept=True, corrects=corrects)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    begin(actor, load=load)
    return load


def _kept(file: UploadedFile, folder: Path) -> Path:
    name = Path((file.name or "").replace("\\", "/")).name
    if not name or name.startswith("."):
        raise Invalid("文件没有名称", hint="请改名后再上传", field="files")
    path = folder / name
    if path.exists():
        raise Invalid(f"有两个文件都叫 {name}", hint="请改名后再上传", field="files")
    with path.open("wb") as sink:
        for block in file.chunks():
            sink.write(block)
    path.chmod(0o600)
    return path


def begin(actor: Actor, *, load: Load) -> Job:
    """Work a load off in the background; asked again while it runs, the same job is answered."""
    with acting(actor):
        job = start(
            actor,
            "exchange.load",
            title=f"数据接收 {load.number}",
            subject=str(load.pk),
            link=load.get_absolute_url(),
            load=str(load.pk),
        )
        Load.objects.filter(pk=load.pk).update(job=job.pk)
        load.job = job.pk
        return job


def access_load(actor: Actor, load_id: UUID) -> Load:
    """A load of an organisation of the actor's. Raises NotFound."""
    with acting(actor):
        found = Load.objects.select_related("source", "home_organization").filter(pk=load_id).first()
    if found is None or not actor.may(Permission.EXCHANGE_RECEIVE, found.home_organization_id):
        raise NotFound("没有找到这次接收，或者它不属于您的机构", hint="请从数据接收列表打开")
    return found


def withdraw(actor: Actor, *, load: Load, note: str = "") -> None:
    """Give a delivery up before it is loaded; files of ours go."""
    if load.kept and any(not Path(path).parent.is_relative_to(configuration().home) for path in load.paths):
        raise Conflict("文件不在平台的文件夹里")
    step(actor, Delivery, load.pk, "withdraw", {"note": note})
    if load.kept:
        for path in load.paths:
            shutil.rmtree(Path(path).parent, ignore_errors=True)
