"""What people find in the watched folder: how it is used, and why something cannot be taken."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from yigongti.config import configuration
from yigongti.records.residents.models import SourceSystem

from ..mappings import DeliveryMapping
from .looking import ERROR, README, Complaint

logger = logging.getLogger(__name__)
HOW = """收件文件夹：把文件放进 来源系统标识/映射/ 文件夹，平台自动接收。

例如  {example}

- 同一文件夹里的文件是一次发送；也可以建一个子文件夹，里面的文件是一次发送。
- 文件静止 {seconds} 秒后接收。想马上接收，或传输可能中断，请在旁边放一个同名加 .ready 的空文件
  （patient.csv.ready；子文件夹则是 子文件夹名.ready）。以 .part、.tmp、.filepart 结尾的文件不会动。
- 接收后文件移到 processing，办完移到 done 或 failed，旁边有 报告.json；有拒收的行时有“…-退回.xlsx”，
  改好后放回来即可（最后两列可以留着）。
- 同样的文件再放一次不会改变任何内容。done 里的文件 {days} 天后清除，failed 里的保留。
- 不能接收的文件旁边会出现 “文件名{error}”，写明原因；改正后它会自己消失。

来源系统（在平台“数据交换 → 来源系统”登记）：
{sources}

映射：
{mappings}
"""


def known_sources() -> Mapping[str, SourceSystem]:
    """Every registered system by its code."""
    return {one.pk: one for one in SourceSystem.objects.select_related("organization").order_by("pk")}


def known_mappings() -> Mapping[str, str]:
    """Every mapping by its short name, with its title."""
    from yigongti.kernel.policy.store import store

    found = (one for one in store().editions() if isinstance(one.body, DeliveryMapping))
    return {one.name.removeprefix("exchange/"): one.body.title for one in found}


def write_readme(root: Path) -> None:
    """The text for people, written anew when it changed."""
    sources = [one for one in known_sources().values() if one.active and one.organization_id]
    mappings = dict(sorted(known_mappings().items()))
    text = HOW.format(
        example=f"{sources[0].pk if sources else 'his'}/interchange/patient.csv",
        seconds=configuration().inbox_seconds,
        days=configuration().inbox_days,
        error=ERROR,
        sources="\n".join(f"  {one.pk}  {one.title}" for one in sources) or "  还没有登记",
        mappings="\n".join(f"  {name}  {title}" for name, title in mappings.items()),
    )
    _say(root / README, text)


def complaints_of(homes: Iterable[Path]) -> Mapping[Path, Complaint]:
    """For each mapping's folder that cannot be served: why."""
    sources, mappings = known_sources(), known_mappings()
    found = {}
    for home in homes:
        if why := _why(sources.get(home.parent.name), home, mappings):
            found[home] = Complaint(home, *why)
    return found


def _why(system: SourceSystem | None, home: Path, mappings: Mapping[str, str]) -> tuple[str, str] | None:
    if system is None:
        return f"没有来源系统 {home.parent.name}", "请先在“数据交换 → 来源系统”登记，或改用登记过的标识作文件夹名"
    if not system.active or not system.organization_id:
        return f"来源系统 {system.pk} 已停用或没有所属机构", "请信息科在“数据交换 → 来源系统”处理"
    if home.name.replace(".", "-") not in mappings:
        return f"没有映射 {home.name}", f"可用的文件夹名：{'、'.join(sorted(mappings))}"
    return None


def complain(complaints: Iterable[Complaint]) -> None:
    """Say it beside what it is about."""
    for one in complaints:
        _say(one.path.with_name(one.path.name + ERROR), f"{one.reason}\n{one.hint}\n")


def _say(path: Path, text: str) -> None:
    try:
        if path.is_symlink():
            path.unlink()
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
    except OSError as error:
        logger.warning("inbox: %s cannot be written (%s)", path, error.strerror)
