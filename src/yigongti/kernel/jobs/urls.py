"""Addresses of one's own long work."""

from django.urls import path

from yigongti.kernel.ui.navigation import entry

from . import pages

app_name = "jobs"
urlpatterns = [
    path("my/jobs/", pages.Jobs.as_view(), name="list"),
    path("my/jobs/<uuid:pk>/", pages.JobPage.as_view(), name="job"),
    path("my/jobs/<uuid:pk>/progress/", pages.Progress.as_view(), name="progress"),
    path("my/jobs/<uuid:pk>/file/", pages.File.as_view(), name="file"),
    path("my/jobs/<uuid:pk>/stop/", pages.Stop.as_view(), name="stop"),
]
entry(section="工作台", title="后台任务", url_name="jobs:list", permission=pages.at_work, order=6, icon="clock")
