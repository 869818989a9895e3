"""``yigongti quality``: count the quality of sources again and show what stands."""

from typing import Annotated, Any

import typer
from rich.table import Table

from yigongti.cli.installation import database, load_django
from yigongti.cli.screen import out, progress, tell


def quality(
    source: Annotated[str, typer.Option("--source", help="只看这个来源系统")] = "",
    month: Annotated[str, typer.Option("--month", help="只看这个月，如 2026-10")] = "",
    rebuild: Annotated[bool, typer.Option("--rebuild", help="重新统计（不给则只统计待重算的月份）")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON")] = False,
) -> None:
    """统计来源数据质量：待重算的月份或全部重算，结果有变化的另行公布，旧结果保留。"""
    with database():
        load_django()
        answer = _counted(source, month, rebuild)
    tell(answer) if as_json else _show(answer)


def _counted(source: str, month: str, again: bool) -> dict[str, Any]:
    from yigongti.kernel.access.acting import acting
    from yigongti.kernel.access.actor import SYSTEM
    from yigongti.records.exchange.quality import publishing, queries
    from yigongti.records.exchange.services import source_system
    from yigongti.records.residents.models import SourceSystem

    only = queries.month_named(month) if month else None
    with acting(SYSTEM):
        codes = [source_system(source).pk] if source else list(SourceSystem.objects.values_list("code", flat=True))
    with progress() as advance:
        made = publishing.rebuild(sorted(codes), only, advance=advance) if again else publishing.settle(codes)
    with acting(SYSTEM):
        rows = queries.in_force().filter(source__in=codes).order_by("source_id", "month")
        rows = rows.filter(month=only) if only else rows
        shown = [
            {
                "source": row.source_id,
                "month": queries.month_name(row.month),
                "rows": row.rows,
                "score": None if row.score is None else str(row.score),
                "dimensions": row.dimensions,
                "revision": row.revision,
                "policy": row.policy,
            }
            for row in rows
        ]
    return {"published": made, "months": shown}


def _show(answer: dict[str, Any]) -> None:
    table = Table("来源", "月份", "行数", "总分", "第几次公布", box=None)
    for row in answer["months"][-60:]:
        table.add_row(row["source"], row["month"], f"{row['rows']:,}", row["score"] or "—", str(row["revision"]))
    out.print(table)
    out.print(f"[green]✓[/] 公布 {answer['published']} 个月份，现有 {len(answer['months'])} 个")
