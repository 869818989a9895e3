"""Pages of the kit itself: the numbers in the navigation, and the gallery of components (demo and test only)."""

from django.urls import path

from yigongti.config import configuration
from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui import badges
from yigongti.kernel.ui.navigation import entry

app_name = "ui"
urlpatterns = [path("badges/", badges.badges, name="badges")]

if configuration().mode != "production":
    from yigongti.kernel.ui import gallery

    urlpatterns += [
        path("gallery/", gallery.Pieces.as_view(), name="gallery"),
        path("gallery/list/", gallery.People.as_view(), name="gallery-list"),
        path("gallery/case/", gallery.case, name="gallery-case"),
        path("gallery/form/", gallery.Accept.as_view(), name="gallery-form"),
        path("gallery/explanation/", gallery.explanation, name="gallery-explanation"),
        path("gallery/dashboard/", gallery.dashboard, name="gallery-dashboard"),
    ]
    entry(
        section="系统",
        title="界面组件",
        url_name="ui:gallery",
        permission=Permission.SYSTEM_OPERATE,
        order=990,
        icon="grid-dots",
    )
