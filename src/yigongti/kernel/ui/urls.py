"""Pages of the kit itself: the numbers in the navigation, and the gallery of components (demo and test only)."""

from django.urls import path

from yigongti.config import configuration
from yigongti.kernel.ui import badges
from yigongti.kernel.ui.navigation import entry

app_name = "ui"
urlpatterns = [path("badges/", badges.badges, name="badges")]

if configuration().mode != "production":
    from yigongti.kernel.ui import gallery

    urlpatterns += [
        path("gallery/", gallery.Pieces.as_view(), name="gallery"),
        path("gallery/list/", gallery.People.as_view(), name="gallery-list"),
        path("gallery/case/", gallery.Case.as_view(), name="gallery-case"),
        path("gallery/form/", gallery.Accept.as_view(), name="gallery-form"),
        path("gallery/explanation/", gallery.Explained.as_view(), name="gallery-explanation"),
        path("gallery/dashboard/", gallery.Dashboard.as_view(), name="gallery-dashboard"),
    ]
    entry(
        section="系统",
        title="界面组件",
        url_name="ui:gallery",
        permission=gallery.may_look,
        order=990,
        icon="grid-dots",
    )
