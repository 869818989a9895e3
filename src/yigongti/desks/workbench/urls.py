"""Addresses of the desks."""

from django.urls import path

from yigongti.kernel.access.actor import Actor
from yigongti.kernel.ui.navigation import entry

from . import day, desks, pages

app_name = "workbench"
urlpatterns = [
    path("", pages.Workbench.as_view(), name="home"),
    path("desk/day/<slug:key>/", day.Day.as_view(), name="day"),
    path("desk/<slug:role>/", pages.Workbench.as_view(), name="desk"),
]


def works_here(actor: Actor) -> bool:
    """Whoever has a role besides that of a resident."""
    return bool(desks.roles_of(actor))


entry(
    section="工作台",
    title="今日工作",
    url_name="workbench:home",
    permission=works_here,
    order=0,
    icon="layout-dashboard",
    tab=True,
)
