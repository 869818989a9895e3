"""Walks the chain and names what does not fit: changed, removed, added or reordered rows, a cut end, a forged seal.

The work is set-based in the database, piece by piece, so that a page can show how far it is and a chain of any length
can be walked.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection

from yigongti.kernel import clock
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ciphers import keys
from yigongti.kernel.ciphers.keyfile import KeysUnavailable
from yigongti.kernel.jobs.pulse import pulse

from . import anchors
from .models import Seal, Verification

#: seals per piece
PIECE = 100
#: seconds that one beat of the pulse may take
BEAT = 0.5
#: a chain that nobody has walked for so long is walked by itself
SELDOM = timedelta(days=1)

#: per seal: what the rows say now, against what the seal says
ROWS = """
SELECT s.id, audit_rows_digest(s.id),
       (SELECT count(*) FROM audit_entry e WHERE e.seal_id = s.id),
       (SELECT count(*) FROM audit_entry e
         WHERE e.seal_id = s.id AND e.position BETWEEN s.first_position AND s.last_position)
FROM audit_seal s WHERE s.id = ANY (%s)
"""
STRAYS = "SELECT count(*) FROM audit_entry e WHERE e.seal_id > %s OR e.seal_id < 1"


@dataclass
class Report:
    """The outcome: ``problems`` in Chinese, ``head`` the digest to write down elsewhere (hex), ``anchored`` whether the
    head was compared with one written down outside the database."""

    sealed: int = 0
    unsealed: int = 0
    seals: int = 0
    head: str = ""
    anchored: bool = False
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Does everything fit?"""
        return not self.problems


class Walk:
    """A walk along the chain, from where ``state`` left off."""

    def __init__(self, state: Verification) -> None:
        self.state = state

    def piece(self) -> bool:
        """Check the next seals; True when there are more."""
        seals = list(
            Seal.objects.filter(id__gt=self.state.last_seal, id__lte=self.state.until_seal).order_by("id")[:PIECE]
        )
        rows = self._rows([seal.id for seal in seals])
        for seal in seals:
            self._check(seal, *rows[seal.id])
        return bool(seals)

    @staticmethod
    def _rows(seals: list[int]) -> dict[int, tuple[bytes | None, int, int]]:
        with connection.cursor() as cursor:
            cursor.execute(ROWS, [seals])
            return {seal: (bytes(d) if d else None, count, placed) for seal, d, count, placed in cursor.fetchall()}

    def _check(self, seal: Seal, digest: bytes | None, count: int, placed: int) -> None:
        state, wanted = self.state, seal.last_position - seal.first_position + 1
        if seal.id != state.last_seal + 1:
            self._problem(f"缺少第 {state.last_seal + 1} 批封存（下一批是第 {seal.id} 批）")
        if bytes(seal.previous) != bytes(state.head) or seal.first_position != state.last_position + 1:
            self._problem(f"第 {seal.id} 批没有接在上一批之后：链被截断或重排")
        if count != wanted or placed != count:
            self._problem(f"第 {seal.id} 批应有 {wanted} 条，现有 {count} 条：有记录被删除、增加或移动")
        elif digest != bytes(seal.rows_digest):
            self._problem(f"第 {seal.id} 批（位置 {seal.first_position}–{seal.last_position}）的内容被改动")
        if not sealed_by_us(seal):
            self._problem(f"第 {seal.id} 批的封存摘要不是本平台密钥所签")
        state.last_seal, state.last_position, state.head = seal.id, seal.last_position, bytes(seal.digest)

    def finish(self) -> None:
        """What lies beyond the last seal: rows without one, strays, and the head written down outside."""
        state = self.state
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM audit_entry WHERE seal_id IS NULL")
            state.unsealed = cursor.fetchone()[0]
            newest = Seal.objects.order_by("-id").values_list("id", flat=True).first() or 0
            cursor.execute(STRAYS, [newest])
            if strays := cursor.fetchone()[0]:
                self._problem(f"{strays} 条记录指向不存在的封存批次")
        anchor = anchors.read()
        if anchor and not Seal.objects.filter(id=anchor.seal, digest=bytes.fromhex(anchor.digest)).exists():
            self._problem(f"链尾被删除或替换：数据库外记下的第 {anchor.seal} 批已不在链上")
        state.finished_at = clock.now()

    def _problem(self, text: str) -> None:
        self.state.problems.append(text)


def sealed_by_us(seal: Seal) -> bool:
    """Was the digest made with a chain key of this installation?"""
    try:
        return keys.chain_digest(seal.sealed_content(), seal.key_id)[1] == bytes(seal.digest)
    except (KeysUnavailable, ValueError):
        return False


def _begin(actor: Actor) -> Verification:
    newest = Seal.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return Verification(requested_at=clock.now(), requested_by=actor.user_id, until_seal=newest, problems=[], head=b"")


def verify(progress: Callable[[int, int], Any] = lambda done, of: None) -> Report:
    """Walk the whole chain now; ``progress(done, of)`` counts seals."""
    with acting(SYSTEM):
        state = _begin(SYSTEM)
        walk = Walk(state)
        while walk.piece():
            progress(state.last_seal, state.until_seal)
        walk.finish()
        state.save()
        return Report(
            sealed=state.last_position,
            unsealed=state.unsealed,
            seals=state.last_seal,
            head=bytes(state.head).hex(),
            anchored=anchors.read() is not None,
            problems=state.problems,
        )


def request(actor: Actor) -> Verification:
    """Ask for a walk, which the worker does piece by piece; a walk under way is answered instead of a second one."""
    actor.require(Permission.AUDIT_READ)
    with acting(SYSTEM):
        under_way = Verification.objects.filter(finished_at=None).order_by("-requested_at").first()
        if under_way:
            return under_way
        state = _begin(actor)
        state.save()
        return state


@pulse(every=2.0)
def verify_waiting() -> bool:
    """Go on with a walk that was asked for, or begin one when none was made for a day; True when there is more."""
    with acting(SYSTEM):
        state = Verification.objects.select_for_update(skip_locked=True).filter(finished_at=None).first()
        if state is None:
            if Verification.objects.filter(requested_at__gt=clock.now() - SELDOM).exists():
                return False
            state = _begin(SYSTEM)
        walk, end, more = Walk(state), time.monotonic() + BEAT, True
        while more and time.monotonic() < end:
            more = walk.piece()
        if not more:
            walk.finish()
        state.save()
        return more


def latest() -> Seal | None:
    """The newest seal."""
    return Seal.objects.order_by("-id").first()
