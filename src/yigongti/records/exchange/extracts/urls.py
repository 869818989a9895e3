"""Addresses of de-identified extracts."""

from django.urls import path

from yigongti.kernel.ui.navigation import entry

from . import pages, services

app_name = "extracts"
urlpatterns = [
    path("exchange/extracts/", pages.Extracts.as_view(), name="list"),
    path("exchange/extracts/new/", pages.Catalogue.as_view(), name="catalogue"),
    path("exchange/extracts/new/<slug:name>/", pages.AskFor.as_view(), name="new"),
    path("exchange/extracts/<uuid:case_id>/", pages.CaseView.as_view(), name="case"),
    path("exchange/extracts/<uuid:case_id>/progress/", pages.Progress.as_view(), name="progress"),
    path("exchange/extracts/<uuid:case_id>/papers/", pages.AddPaper.as_view(), name="papers"),
    path("exchange/extracts/<uuid:case_id>/papers/<int:paper_id>/", pages.PaperFile.as_view(), name="paper"),
    path("exchange/extracts/<uuid:case_id>/file/", pages.Fetch.as_view(), name="file"),
    path("exchange/extracts/<uuid:case_id>/<slug:step>/", pages.StepView.as_view(), name="step"),
]
entry(
    section="数据交换",
    title="去标识化数据",
    url_name="extracts:list",
    permission=services.concerned,
    order=385,
    icon="file-export",
    badge=lambda actor: services.to_handle(actor).order_by().count(),
)
