"""A delivery that rests is moved to ``processing/<ticket>`` and worked off in the background."""

import logging
import os
import shutil
import stat
import time
import uuid
from pathlib import Path

from yigongti.config import configuration
from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.cases.keys import new_id
from yigongti.kernel.cases.models import CaseEvent
from yigongti.kernel.errors import YigongtiError
from yigongti.kernel.jobs.declaration import Outcome, Work
from yigongti.kernel.jobs.models import Job
from yigongti.kernel.jobs.services import start

from ..models import Load
from ..services.receiving import accept, work_off
from ..services.sources import source_system
from ..services.uploading import REQUESTS, checked_mapping
from .looking import MOVING, PROCESSING, READY, Drop, tickets
from .settling import give_up, settle

logger = logging.getLogger(__name__)
WORK = "exchange.inbox"
FROM = ".from"
CRASHED = 60.0
"""Seconds after which a move that is not complete belongs to nobody."""
ATTEMPTS = 3


def take(root: Path, drop: Drop) -> Path:
    """Move the files of a delivery out of the sender's reach, and have them worked off. Answers where they lie."""
    home = drop.home / PROCESSING
    home.mkdir(exist_ok=True, mode=0o700)
    ticket = f"{clock.now().astimezone():%Y%m%d-%H%M%S}-{new_id().hex[-8:]}"
    moving = home / f"{ticket}{MOVING}"
    moving.mkdir(mode=0o700)
    (moving / FROM).write_text(drop.batch)
    for file in drop.files:
        _move(file, moving / file.name)
        file.with_name(file.name + READY).unlink(missing_ok=True)
    (moving / FROM).unlink()
    taken = moving.rename(home / ticket)
    if drop.batch:
        (drop.home / f"{drop.batch}{READY}").unlink(missing_ok=True)
        _remove_empty(drop.home / drop.batch)
    begin(root, taken)
    return taken


def _move(file: Path, to: Path) -> None:
    """A link or anything else that came into the place of the file meanwhile is not taken."""
    try:
        file.rename(to)
    except FileNotFoundError:
        return  # another worker has it
    if not stat.S_ISREG(to.lstat().st_mode):
        to.unlink()
        logger.warning("inbox: %s became something else while it was taken; refused", file)


def _remove_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        logger.info("inbox: %s is not empty and stays", folder)


def begin(root: Path, taken: Path) -> None:
    """Have it worked off; while that is open nothing is begun twice."""
    start(SYSTEM, WORK, title=f"收件文件夹 {taken.name}", subject=taken.name, folder=str(taken.relative_to(root)))


def go_on(root: Path) -> None:
    """Moves that broke off are taken back; deliveries that nobody works off are begun again, or given up."""
    for place in tickets(root):
        if place.name.endswith(MOVING):
            if time.time() - place.stat().st_mtime > CRASHED:
                _take_back(place)
            continue
        with acting(SYSTEM):
            jobs = list(Job.objects.filter(kind=WORK, subject=place.name).values_list("state", "error"))
        if any(state in Job.OPEN for state, _ in jobs):
            continue
        failed = [error for state, error in jobs if state == Job.State.FAILED]
        if len(failed) >= ATTEMPTS:
            give_up(place, f"处理 {ATTEMPTS} 次都没有做完：{failed[-1]}", "请联系系统管理员查看日志，修复后重新放入")
        else:
            begin(root, place)


def _take_back(moving: Path) -> None:
    said = moving / FROM
    batch = said.read_text() if said.exists() else ""
    to = moving.parent.parent / batch if batch else moving.parent.parent
    to.mkdir(exist_ok=True)
    for file in moving.iterdir():
        if file.name != FROM and not os.path.lexists(to / file.name):
            file.rename(to / file.name)
    left = [file for file in moving.iterdir() if file.name != FROM]
    said.unlink(missing_ok=True)
    if left:
        moving.rename(moving.with_name(moving.name.removesuffix(MOVING)))
    else:
        shutil.rmtree(moving)


def work_ticket(actor: Actor, work: Work, *, folder: str) -> Outcome:
    """Work a ticket off: open its load unless it is open, load it, settle it. Safe to begin again at any moment."""
    root = configuration().inbox
    place = root / folder if root else None
    if place is None or not place.is_dir():
        return Outcome("文件已经处理")
    source, mapping = Path(folder).parts[:2]
    try:
        load = opened(actor, place, source, mapping)
        if load.is_open:

            def advance(stage: str, done: int, total: int) -> None:
                work.advance(done, total, stage)

            load = work_off(actor, load_id=load.pk, advance=advance)
    except YigongtiError as error:
        give_up(place, error.message, error.hint)
        return Outcome(f"不能接收：{error.message}"[:300])
    settle(place, load)
    taken = f"{load.number} {load.state_now.title}：读取 {load.lines_read}，接收 {load.lines_accepted}"
    return Outcome(f"{taken}，{load.rest_in_words}")


def opened(actor: Actor, place: Path, source: str, mapping: str) -> Load:
    """The load of a ticket: the one that was opened under it, or a new one."""
    key = uuid.uuid5(REQUESTS, f"{source}\ninbox {place.name}")
    with acting(actor):
        found = Load.objects.filter(pk__in=CaseEvent.objects.filter(key=key).values("case_id")).first()
    if found:
        return found
    checked_mapping(mapping)
    files = sorted(file for file in place.iterdir() if file.is_file() and not file.name.startswith("."))
    system = source_system(source)
    return accept(actor, source=system, mapping=mapping, files=files, channel=Load.Channel.FOLDER, key=key)
