"""Addresses of webhooks."""

from django.urls import path

from yigongti.kernel.ui.navigation import entry

from . import pages

app_name = "webhooks"
urlpatterns = [
    path("exchange/webhooks/", pages.Subscriptions.as_view(), name="list"),
    path("exchange/webhooks/new/", pages.Subscribe.as_view(), name="subscribe"),
    path("exchange/webhooks/<uuid:pk>/", pages.SubscriptionPage.as_view(), name="subscription"),
    path("exchange/webhooks/<uuid:pk>/edit/", pages.Change.as_view(), name="change"),
    path("exchange/webhooks/<uuid:pk>/stop/", pages.Stop.as_view(), name="stop"),
    path("exchange/webhooks/<uuid:pk>/start/", pages.Start.as_view(), name="start"),
    path("exchange/webhooks/<uuid:pk>/secret/", pages.Rotate.as_view(), name="rotate"),
    path("exchange/webhooks/<uuid:pk>/replay/", pages.ReplayDead.as_view(), name="replay"),
    path("exchange/webhooks/deliveries/<uuid:pk>/", pages.DeliveryPage.as_view(), name="delivery"),
    path("exchange/webhooks/deliveries/<uuid:pk>/replay/", pages.ReplayOne.as_view(), name="replay-one"),
]
entry(
    section="数据交换",
    title="事件推送",
    url_name="webhooks:list",
    permission=pages.PERMISSION,
    order=294,
    icon="send",
)
