"""Addresses of targets."""

from django.urls import path

from yigongti.kernel.ui.navigation import entry

from ..services import concerned
from . import pages, services

app_name = "targets"
urlpatterns = [
    path("evaluation/targets/", pages.Plans.as_view(), name="list"),
    path("evaluation/targets/new/", pages.Draft.as_view(), name="new"),
    path("evaluation/targets/<uuid:case_id>/", pages.PlanView.as_view(), name="case"),
    path("evaluation/targets/<uuid:case_id>/say/", pages.Say.as_view(), name="say"),
    path("evaluation/targets/<uuid:case_id>/<slug:step>/", pages.StepView.as_view(), name="step"),
]
entry(
    section="监测评价",
    title="服务目标",
    url_name="targets:list",
    permission=concerned,
    order=445,
    icon="target",
    badge=services.to_handle,
)
