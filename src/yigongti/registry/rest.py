"""What the registry's REST endpoints share: who may read, pages of rows, the day they speak of."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja import Field, Schema

from yigongti.kernel.access.permissions import Permission

LONGEST_PAGE = 500


class Asked(Schema):
    """What every list may be asked: a text, a day, and the place to go on from."""

    q: str = Field("", max_length=64, description="代码、名称或拼音首字母")
    on: date | None = Field(None, description="截至日期；不填为今天")
    after: int | None = Field(None, description="上一页的 next")
    limit: int = Field(100, ge=1, le=LONGEST_PAGE)


def readable(view: Callable[..., Any]) -> Callable[..., Any]:
    """Open to everybody who may read the registry; the access test reads ``permission``."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        request.actor.require(Permission.REGISTRY_READ)  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    guarded.permission = (Permission.REGISTRY_READ,)  # type: ignore[attr-defined]
    return guarded


def page(rows: QuerySet[Any], asked: Asked, shown: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """A page in the order of the primary key; ``next`` is the ``after`` of the following one, empty on the last."""
    rows = rows.order_by("pk")
    found: list[Model] = list(rows.filter(pk__gt=asked.after or 0)[: asked.limit + 1])
    more = found[asked.limit - 1].pk if len(found) > asked.limit else None
    return {"items": [shown(row) for row in found[: asked.limit]], "next": more}
