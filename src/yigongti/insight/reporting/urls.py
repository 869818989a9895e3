"""Addresses of the reporting room."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import pages, services

app_name = "reporting"
urlpatterns = [
    path("reporting/", pages.Reports.as_view(), name="list"),
    path("reporting/new/", pages.OpenReport.as_view(), name="new"),
    path("reporting/owing/", pages.Owing.as_view(), name="owing"),
    path("reporting/owing/urge/", pages.UrgeAll.as_view(), name="urge"),
    path("reporting/<uuid:report_id>/", pages.ReportView.as_view(), name="report"),
    path("reporting/<uuid:report_id>/entry/", pages.Entry.as_view(), name="entry"),
    path("reporting/<uuid:report_id>/template/", pages.Template.as_view(), name="template"),
    path("reporting/<uuid:report_id>/upload/", pages.Upload.as_view(), name="upload"),
    path("reporting/<uuid:report_id>/review/", pages.Review.as_view(), name="review"),
    path("reporting/<uuid:report_id>/evidence/<int:evidence_id>/", pages.EvidenceFile.as_view(), name="evidence"),
    path("reporting/<uuid:report_id>/items/<str:item>/", pages.ItemView.as_view(), name="item"),
    path("reporting/<uuid:report_id>/<slug:step>/", pages.StepView.as_view(), name="step"),
]
entry(
    section="监测评价",
    title="指标填报",
    url_name="reporting:list",
    permission=services.concerned,
    order=450,
    icon="clipboard-check",
    badge=lambda actor: services.to_handle(actor).order_by().count(),
)
entry(
    section="监测评价",
    title="未报与催报",
    url_name="reporting:owing",
    permission=Permission.INDICATOR_REVIEW,
    order=451,
    icon="bell-ringing",
)
