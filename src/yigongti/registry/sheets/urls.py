"""Addresses of spreadsheets."""

from django.urls import path

from yigongti.kernel.ui.navigation import entry

from . import pages

app_name = "sheets"
urlpatterns = [
    path("imports/", pages.Loads.as_view(), name="loads"),
    path("imports/all/", pages.AllLoads.as_view(), name="all"),
    path("imports/files/<uuid:pk>/", pages.LoadPage.as_view(), name="load"),
    path("imports/files/<uuid:pk>/rejected/", pages.Rejected.as_view(), name="rejected"),
    path("imports/<slug:key>/", pages.SheetPage.as_view(), name="sheet"),
    path("imports/<slug:key>/template/", pages.Template.as_view(), name="template"),
    path("imports/<slug:key>/export/", pages.Export.as_view(), name="export"),
]
entry(section="登记", title="批量导入", url_name="sheets:loads", permission=pages.importer, order=360, icon="upload")
