"""What a number of quality means: the method as a whole, and one measure with its faulty rows."""

from typing import Any

from django.urls import reverse

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note
from yigongti.kernel.errors import NotFound
from yigongti.kernel.ui.figures import Explanation, Figure, Source
from yigongti.kernel.ui.view import PageView
from yigongti.records.health_record.branches import ENTRIES
from yigongti.records.health_record.targets import TARGETS
from yigongti.records.residents.models import SourceSystem

from . import queries
from .delivered import OUTCOMES
from .models import QualityMonth
from .policies import NAME, Measure, Quality
from .publishing import edition, policy, share, summed
from .queries import MAY, month_name

TOP = ("数据质量", "/exchange/quality/")
LEDGER_SQL = """SELECT sum(rows) - sum(rows) FILTER (WHERE outcome IN ({faults})), sum(rows)
FROM data_quality_deliveredrows WHERE source = %(source)s AND month = %(month)s AND target = '{target}'"""


class Method(PageView):
    """How quality is judged: dimensions, measures, weights, bands, ranking, with their sources."""

    title, permission, template_name = "质量评价办法", MAY, "quality/method.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The policy in force."""
        current, body = edition(), policy()
        others = {"named": "写明名称", "anonymous": "隐去名称", "hidden": "不显示"}[body.ranking.others]
        return {
            "crumbs": (TOP, (self.title, "")),
            "lead": body.summary,
            "edition": current,
            "body": body,
            "others": others,
            "groups": [
                (
                    key,
                    one,
                    _source(body, one),
                    [(m, _source(body, m), _over(m)) for m in body.measures if m.dimension == key],
                )
                for key, one in body.dimensions.items()
            ],
        }


def _source(body: Quality, item: Any) -> Source:
    found = body.source_of(item)
    return Source(document=found.document, item=found.item, mark=found.mark)


def _over(measure: Measure) -> str:
    if measure.over_rows:
        return "、".join(TARGETS[target].title for target in measure.targets)
    return "送来的行：" + "、".join(OUTCOMES[fault] for fault in measure.faults)


class MeasurePage(PageView):
    """One measure of one month: formula, numerator, denominator, edition, and rows that are not as they should be."""

    title, permission, template_name = "指标解释", MAY, "quality/measure.html"

    def context(self, actor: Actor) -> dict[str, Any]:
        """The explanation; rows only for those who receive the data of that source."""
        source, body = queries.access_source(actor, self.kwargs["source"]), policy()
        month = queries.month_named(self.kwargs["month"])
        measure = body.by_id.get(self.kwargs["measure"])
        row = queries.in_force().filter(source=source, month=month).first()
        if measure is None or row is None or measure.id not in row.counts:
            raise NotFound("这个月没有这个指标", hint="请从来源的月度页面打开")
        name = month_name(month)
        parts = [
            (TARGETS[target].title if target else "整行", good, looked, share(good, looked))
            for target, (good, looked) in row.counts[measure.id].items()
        ]
        may_rows = actor.may(Permission.EXCHANGE_RECEIVE, source.organization_id)
        return {
            "title": measure.title,
            "crumbs": (
                TOP,
                (source.title, reverse("quality:source", args=[source.pk])),
                (name, reverse("quality:month", args=[source.pk, name])),
                (measure.title, ""),
            ),
            "explanation": _explained(body, measure, source, row),
            "measure": measure,
            "parts": parts,
            "may_rows": may_rows,
            **(_rows(actor, measure, source, row) if may_rows else {}),
        }


def _explained(body: Quality, measure: Measure, source: SourceSystem, row: QualityMonth) -> Explanation:
    good, looked = summed(row.counts[measure.id])
    value = share(good, looked)
    tone = "danger" if value is not None and value < measure.goal else "calm"
    found = _source(body, measure)
    remarks = [f"目标 ≥ {measure.goal}%，在“{body.dimensions[measure.dimension].title}”中的权重 {measure.weight}。"]
    if not measure.weight:
        remarks = [f"目标 ≥ {measure.goal}%，不计分，供了解。"]
    if row.policy_hash != edition().hash:
        remarks.append("这次统计之后政策有了新版本，今晚按新版本重算。")
    return Explanation(
        figure=Figure(label=measure.title, value=value, unit="%", numerator=good, denominator=looked, tone=tone),
        words=measure.words,
        sql="\n\n".join(_sql(measure, target) for target in sorted(row.counts[measure.id])),
        sources=(found,),
        policy=NAME,
        policy_url=reverse("quality:method"),
        version=f"{row.policy} #{row.policy_hash[:8]}",
        numerator_words="合格的行",
        denominator_words="检查的行",
        scope=f"{source.title}，{month_name(row.month)}，第 {row.revision} 次公布",
        computed_at=f"{row.published_at:%Y-%m-%d %H:%M}",
        remarks=tuple(remarks),
    )


def _sql(measure: Measure, target: str) -> str:
    title = TARGETS[target].title if target else "整行"
    if measure.over_rows:
        of, good = measure.sql(target)
        return f"-- {title}\n检查：{of}\n合格：{good}"
    faults = ", ".join(f"'{fault}'" for fault in measure.faults)
    return f"-- {title}\n" + LEDGER_SQL.format(faults=faults, target=target)


def _rows(actor: Actor, measure: Measure, source: SourceSystem, row: QualityMonth) -> dict[str, Any]:
    """Rows with a link to the record or to the delivery; looking at them is noted."""
    note(
        actor,
        Entry.Action.READ,
        subject="quality:rows",
        source=source.pk,
        month=month_name(row.month),
        measure=measure.id,
    )
    if not measure.over_rows:
        return {"rejected": queries.refused(source.pk, measure, measure.targets, row.month), "shown": queries.SHOWN}
    tables = []
    for target, (good, looked) in row.counts[measure.id].items():
        if good == looked:
            continue
        heads, rows = queries.failing(source.pk, measure, target, row.month)
        for one in rows:
            one["url"] = _record_url(actor, target, one)
        tables.append((TARGETS[target].title, heads, rows, looked - good))
    return {"tables": tables, "shown": queries.SHOWN}


def _record_url(actor: Actor, target: str, row: dict[str, Any]) -> str:
    kind = next((kind for kind, model in ENTRIES.items() if model is TARGETS[target].model), "")
    if not kind or not actor.may(Permission.RECORD_READ):
        return ""
    return reverse("record:entry", args=[row["resident"], kind, row["id"]])
