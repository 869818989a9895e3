"""Addresses of HL7 v2 messages."""

from django.urls import path

from yigongti.kernel.ui.navigation import entry

from . import pages

app_name = "mllp"
urlpatterns = [
    path("exchange/messages/", pages.Messages.as_view(), name="list"),
    path("exchange/messages/senders/", pages.Senders.as_view(), name="senders"),
    path("exchange/messages/senders/new/", pages.RegisterSender.as_view(), name="register-sender"),
    path("exchange/messages/senders/<int:pk>/", pages.ChangeSender.as_view(), name="change-sender"),
    path("exchange/messages/<uuid:pk>/", pages.MessagePage.as_view(), name="message"),
    path("exchange/messages/<uuid:pk>/content/", pages.Content.as_view(), name="content"),
    path("exchange/messages/<uuid:pk>/replay/", pages.Replay.as_view(), name="replay"),
]
entry(
    section="数据交换",
    title="HL7 消息",
    url_name="mllp:list",
    permission=pages.PERMISSION,
    order=293,
    icon="message-2",
)
