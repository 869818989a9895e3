"""Addresses of suggestions."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import pages, services

app_name = "alarms"
urlpatterns = [
    path("alarms/", pages.Alarms.as_view(), name="list"),
    path("alarms/<uuid:alarm_id>/", pages.AlarmView.as_view(), name="alarm"),
    path("alarms/<uuid:alarm_id>/<slug:step>/", pages.StepView.as_view(), name="step"),
]
entry(
    section="监测评价",
    title="预警提示",
    url_name="alarms:list",
    permission=Permission.ALARM_HANDLE,
    order=420,
    icon="alert-triangle",
    badge=lambda actor: services.to_handle(actor).order_by().count(),
)
