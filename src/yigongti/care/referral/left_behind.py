"""Two open referrals of one illness may not be: what to do when the merge of two records leaves one behind."""

from typing import Any

from django.urls import reverse

from yigongti.records.residents.following import explains


def _referral(row: Any) -> tuple[str, str, str]:
    way = "两份档案各有一份同病种的在办转诊：撤回或办结其中一份，再移动留下的内容"
    text = f"{row.number} {row.get_direction_display()} {row.state_now.title}（{row.home_organization}）"
    return text, way, reverse("referral:case", args=[row.pk])


explains("referral.Referral", _referral)
