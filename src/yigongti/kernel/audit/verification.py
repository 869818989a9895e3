"""Walks the chain and names what does not fit: changed, removed, added or reordered rows."""

from dataclasses import dataclass, field

from django.db import connection

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.ciphers import keys

from .models import Seal

#: per seal: what the rows say now, against what the seal says
COMPARE = """
SELECT s.id, s.first_position, s.last_position, s.rows_digest, s.previous, s.digest, s.key_id,
       audit_rows_digest(s.id),
       (SELECT count(*) FROM audit_entry e WHERE e.seal_id = s.id),
       (SELECT count(*) FROM audit_entry e
         WHERE e.seal_id = s.id AND e.position BETWEEN s.first_position AND s.last_position)
FROM audit_seal s ORDER BY s.id
"""


@dataclass
class Report:
    """The outcome of a verification: ``problems`` in Chinese, ``head`` the digest to write down elsewhere (hex)."""

    sealed: int = 0
    unsealed: int = 0
    seals: int = 0
    head: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems


def verify() -> Report:
    """Check every seal against its rows and its predecessor, set-based in the database."""
    report = Report()
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(COMPARE)
        previous, position, number = b"", 0, 0
        for seal, first, last, rows_then, before, digest, key_id, rows_now, count, placed in cursor.fetchall():
            number += 1
            if seal != number:
                report.problems.append(f"缺少第 {number} 批封存（下一批是第 {seal} 批）")
                number = seal
            if bytes(before) != previous or first != position + 1:
                report.problems.append(f"第 {seal} 批没有接在上一批之后：链被截断或重排")
            if count != last - first + 1 or placed != count:
                report.problems.append(
                    f"第 {seal} 批应有 {last - first + 1} 条，现有 {count} 条：有记录被删除、增加或移动"
                )
            elif rows_now is None or bytes(rows_now) != bytes(rows_then):
                report.problems.append(f"第 {seal} 批（位置 {first}–{last}）的内容被改动")
            if keys.chain_digest(bytes(before) + bytes(rows_then), key_id)[1] != bytes(digest):
                report.problems.append(f"第 {seal} 批的封存摘要不是本平台密钥所签")
            previous, position = bytes(digest), last
            report.sealed += count
        report.seals, report.head = number, previous.hex()
        cursor.execute("SELECT count(*) FROM audit_entry WHERE seal_id IS NULL")
        report.unsealed = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM audit_entry WHERE seal_id > %s", [number])
        if strays := cursor.fetchone()[0]:
            report.problems.append(f"{strays} 条记录指向不存在的封存批次")
    return report


def latest() -> Seal | None:
    """The newest seal."""
    return Seal.objects.order_by("-id").first()
