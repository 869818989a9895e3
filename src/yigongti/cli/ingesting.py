"""``yigongti ingest``: take the files of another system into the record."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from yigongti.cli.installation import database, load_django
from yigongti.cli.screen import notes, out, progress, tell
from yigongti.kernel.errors import Invalid

if TYPE_CHECKING:
    from yigongti.records.exchange.models import Load

SHOWN = 12
UNREAD = 60
"""So many files that were not read are named; all stand in the report."""


def ingest(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="文件、文件夹或 .zip；template 目标|all：写出交换格式的模板")
    ] = None,
    mapping: Annotated[
        str, typer.Option("--mapping", help="映射：如 nafld、omop-5.4、interchange，或 .yaml 文件")
    ] = "",
    source: Annotated[str, typer.Option("--source", help="来源系统；不给则用映射写明的")] = "",
    organization: Annotated[str, typer.Option("--organization", help="来源系统所属机构的代码（首次接收时）")] = "",
    resume: Annotated[str, typer.Option("--resume", help="继续一次中断的接收：编号，如 JS20261122-000012")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只校验并给出报告，不写入")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """接收外部数据：按映射读取、校验、入库，给出报告；同样的文件再来一次不会改变任何内容。"""
    if paths and str(paths[0]) == "template":
        _templates([str(path) for path in paths[1:]] or ["all"])
        return
    if not resume and (not mapping or not paths):
        raise Invalid("没有给出映射或文件", hint="yigongti ingest --mapping nafld 文件夹；映射见 policies/exchange")
    with database():
        load_django()
        answer = _resumed(resume) if resume else _taken(mapping, paths or [], source, organization, dry_run)
    tell(answer) if as_json else _show(answer)
    if answer["state"] == "refused":
        raise typer.Exit(1)


def _templates(names: list[str]) -> None:
    """A spreadsheet for each target, in the working folder."""
    load_django()
    from yigongti.records.exchange import layout
    from yigongti.records.health_record.targets import TARGETS

    for name in TARGETS if names == ["all"] else names:
        content = layout.template_xlsx(name)
        Path(f"{name}.xlsx").write_bytes(content)
        out.print(f"[green]✓[/] {name}.xlsx")


def _taken(mapping: str, paths: list[Path], source: str, organization: str, dry_run: bool) -> dict[str, Any]:
    from yigongti.kernel.access.actor import SYSTEM
    from yigongti.records.exchange.services import receive, try_out

    with progress() as advance:
        if dry_run:
            report = try_out(mapping=mapping, files=paths, source=source, advance=advance)
            return {"number": "", "state": "dry-run", "report": report}
        load = receive(SYSTEM, source=source, mapping=mapping, files=paths, organization=organization, advance=advance)
    return _answer(load)


def _resumed(number: str) -> dict[str, Any]:
    from yigongti.kernel.access.acting import acting
    from yigongti.kernel.access.actor import SYSTEM
    from yigongti.records.exchange.models import Load
    from yigongti.records.exchange.services import work_off

    with acting(SYSTEM):
        found = Load.objects.filter(number=number).first()
    if found is None:
        raise Invalid(f"没有接收 {number}", hint="编号在接收登记和报告里")
    with progress() as advance:
        return _answer(work_off(SYSTEM, load_id=found.pk, advance=advance))


def _answer(load: "Load") -> dict[str, Any]:
    return {
        "number": load.number,
        "id": str(load.pk),
        "state": load.state,
        "source": load.source_id,
        "mapping": load.mapping,
        "reason": load.reason,
        "hint": load.hint,
        "report": load.report,
    }


def _show(answer: dict[str, Any]) -> None:
    report = answer["report"]
    if answer["state"] == "refused":
        notes.print(f"[bold red]✗[/] {answer['number']} 已退回：{escape(answer['reason'])}", soft_wrap=True)
        notes.print(f"  {escape(answer['hint'])}", soft_wrap=True)
        return
    total = report["total"]
    head = f"{answer['number']} 已入库" if answer["number"] else "校验完成（没有写入）"
    out.print(f"[green]✓[/] {head}：{_sum(total, '读取 {:,} 行')}", soft_wrap=True)
    for one in report["reads"].values():
        if one["read"]:
            left = f"（其中映射写明不收 {one['left']:,}）" if one["left"] else ""
            out.print(f"  {escape(one['title'])}：{_sum(one, '读取 {:,}')}{left}", soft_wrap=True)
    if total.get("reference"):
        out.print("  [dim]参照行：映射只用来查对，不写入档案[/]")
    for one in report["targets"].values():
        words = f"新增 {one['new']:,}，更正 {one['corrected']:,}，重复 {one['duplicate']:,}"
        out.print(f"  → {escape(one['title'])}：{words}")
    for reason in report["reasons"][:SHOWN]:
        one = "例如" if reason["lines"] > 1 and reason["rule"] != "left" else ""
        words = f"{one}{escape(reason['reason'])}；{escape(reason['remedy'])}"
        out.print(f"  [yellow]{reason['lines']:,} 行[/] {words}", soft_wrap=True)
    _show_unread(report.get("unread", []))
    if "seconds" in report:
        out.print(f"  [dim]入库用时 {report['seconds']} 秒，处理器 {report['cpu_seconds']} 秒[/]")


def _sum(lines: dict[str, Any], read: str) -> str:
    """read = accepted + duplicate + rejected, and reference lines where there are any."""
    parts = [f"接收 {lines['accepted']:,}", f"重复 {lines['duplicate']:,}", f"拒收 {lines['rejected']:,}"]
    if reference := lines.get("reference", 0):
        parts.append(f"参照 {reference:,}")
    return f"{read.format(lines['read'])} = {' + '.join(parts)}"


def _show_unread(files: list[dict[str, Any]]) -> None:
    """Files that the mapping does not name, by the reason why they were left closed."""
    reasons: dict[str, list[str]] = {}
    for one in files[:UNREAD]:
        reasons.setdefault(one["reason"], []).append(one["file"])
    for reason, names in reasons.items():
        listed = escape("、".join(names))
        out.print(f"  [yellow]未读取 {len(names)} 个文件[/]（{escape(reason)}，行数未知）：{listed}", soft_wrap=True)
    if len(files) > UNREAD:
        out.print(f"  [yellow]另有 {len(files) - UNREAD} 个文件未读取[/]，见接收页面")
