"""``yigongti evaluation``: list evaluations, show one, compute one again."""

from typing import Annotated, Any

import typer
from rich.table import Table

from yigongti.cli.screen import out, tell
from yigongti.cli.warehouse import opened

app = typer.Typer(help="考核评价：列出、查看、重算", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="输出 JSON")]
Number = Annotated[str, typer.Argument(help="考核编号，如 KH20261001-000012")]


@app.command("list")
def listed(as_json: Json = False) -> None:
    """已有的考核：时期、状态、参评单位数。"""
    with opened():
        from yigongti.insight.evaluation.models import Evaluation
        from yigongti.kernel.access.acting import acting
        from yigongti.kernel.access.actor import SYSTEM

        with acting(SYSTEM):
            rows: list[dict[str, Any]] = [
                {
                    "number": one.number,
                    "title": one.title,
                    "edition": one.edition,
                    "state": one.state,
                    "state_title": one.state_now.title,
                    "period": one.period,
                    "participants": len(one.participants),
                    "snapshot": one.snapshot,
                    "digest": one.digest,
                }
                for one in Evaluation.objects.defer("sheet", "texts").order_by("-opened_at")
            ]
    if as_json:
        tell(rows)
        return
    table = Table("编号", "考核", "版", "状态", "参评", "快照")
    for row in rows:
        table.add_row(
            *(row["number"], row["title"], str(row["edition"]), row["state_title"]),
            *(str(row["participants"]), row["snapshot"] or "—"),
        )
    out.print(table if rows else "还没有考核；由卫生健康委或理事会在“考核评价”页面发起")


@app.command()
def show(number: Number, as_json: Json = False) -> None:
    """一次考核的名次、总分和各项得分，带分子分母。"""
    with opened():
        told = _told(number)
    if as_json:
        tell(told)
        return
    out.print(f"{told['title']}　{told['state_title']}　方案 {told['policy']}（{told['policy_hash'][:12]}）")
    table = Table("名次", "单位", "总分", "等次", "项目分", "加减分")
    for one in told["answers"]:
        rank = f"{one['rank']}/{one['peers']}" if one["rank"] else "—"
        table.add_row(
            *(rank, one["title"], f"{one['total']}/{one['full']}", one["grade"]), *(one["items_points"], one["changed"])
        )
    out.print(table)
    table = Table("项目", "单位", "值", "分子/分母", "依据", "得分")
    for one in told["answers"]:
        for item in one["scores"]:
            fraction = f"{item['numerator']}/{item['denominator']}" if item["numerator"] else ""
            value = f"{item['value']}{item['unit']}" if item["value"] else item["status"]
            points = f"{item['points']}/{item['weight']}"
            table.add_row(item["title"], one["title"], value, fraction, item["basis"], points)
    out.print(table)


def _told(number: str) -> dict[str, Any]:
    from yigongti.insight.evaluation.definitions import EvaluationPolicy
    from yigongti.insight.evaluation.keeping import policy_of
    from yigongti.insight.evaluation.models import BASES, Answer, Score
    from yigongti.insight.evaluation.outline import plain
    from yigongti.kernel.access.acting import acting
    from yigongti.kernel.access.actor import SYSTEM

    with acting(SYSTEM):
        case = found(number)
        policy: EvaluationPolicy = policy_of(case)
        grades = {one.grade: one.name for one in policy.grades}
        scores: dict[Any, list[dict[str, Any]]] = {}
        for one in Score.objects.filter(answer__evaluation=case).order_by("order"):
            numbers = (
                "numerator",
                "denominator",
                "computed",
                "stated",
                "judged",
                "value",
                "percent",
                "weight",
                "points",
            )
            scores.setdefault(one.answer_id, []).append(
                {
                    **{name: getattr(one, name) for name in ("item", "title", "unit", "indicator", "rank", "peers")},
                    **{name: plain(v) if (v := getattr(one, name)) is not None else None for name in numbers},
                    "basis": BASES[one.basis],
                    "status": one.get_status_display(),
                    "flagged": one.flagged,
                }
            )
        answers = [
            {
                **{name: getattr(one, name) for name in ("unit", "title", "rank", "peers", "award")},
                **{name: plain(getattr(one, name)) for name in ("total", "full", "items_points", "changed", "before")},
                "grade": grades.get(one.grade, one.grade),
                "scores": scores.get(one.pk, []),
            }
            for one in Answer.objects.filter(evaluation=case).order_by("rank", "title")
        ]
        head = {name: getattr(case, name) for name in ("number", "title", "policy", "policy_hash", "period", "digest")}
        return {**head, "snapshot": case.snapshot, "state_title": case.state_now.title, "answers": answers}


def found(number: str) -> Any:
    """The evaluation of a number. Raises NotFound."""
    from yigongti.insight.evaluation.models import Evaluation
    from yigongti.kernel.errors import NotFound

    case = Evaluation.objects.filter(number=number).first()
    if case is None:
        raise NotFound(f"没有考核 {number}", hint="yigongti evaluation list 列出全部")
    return case


@app.command()
def recompute(number: Number, as_json: Json = False) -> None:
    """按当时的快照、指标定义和方案逐位重算；有不同则列出并以 1 退出。"""
    with opened():
        from yigongti.insight.evaluation.recomputing import recompute as again
        from yigongti.kernel.access.acting import acting
        from yigongti.kernel.access.actor import SYSTEM

        with acting(SYSTEM):
            case = found(number)
        done = again(SYSTEM, case)
    if as_json:
        tell(done.told())
        raise typer.Exit(0 if done.equal else 1)
    if done.skipped:
        out.print(done.skipped)
    if done.equal:
        out.print(f"{case.number} 重算相等：{done.values} 个计算值，{done.scores} 个得分，摘要 {case.digest[:16]}")
        return
    table = Table("什么", "单位", "项目", "已存", "重算")
    for one in done.differences:
        table.add_row(one.what, one.unit, one.item, str(one.stored), str(one.computed))
    out.print(table)
    raise typer.Exit(1)
