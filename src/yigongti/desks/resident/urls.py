"""Addresses of a resident's own pages."""

from django.urls import path

from yigongti.kernel.access.permissions import Permission
from yigongti.kernel.ui.navigation import entry

from . import pages

app_name = "my"
urlpatterns = [
    path("my/", pages.Home.as_view(), name="home"),
    path("my/code/", pages.Code.as_view(), name="code"),
    path("my/code/picture/", pages.CodePicture.as_view(), name="code-picture"),
    path("my/referrals/", pages.MyReferrals.as_view(), name="referrals"),
    path("my/referrals/<uuid:referral_id>/", pages.MyReferral.as_view(), name="referral"),
    path("my/results/", pages.Results.as_view(), name="results"),
    path("my/readers/", pages.Readers.as_view(), name="readers"),
    path("my/consents/", pages.Consents.as_view(), name="consents"),
    path("my/consents/<slug:kind>/", pages.ChangeConsent.as_view(), name="consent"),
]

SECTION = "我的"
#: title, address, order, icon, whether it stands in the bottom bar of a phone
PLACES = (
    ("首页", "my:home", 1, "home", True),
    ("健康码", "my:code", 2, "qrcode", True),
    ("我的转诊", "my:referrals", 3, "arrows-exchange", False),
    ("检查结果", "my:results", 4, "report-medical", True),
    ("谁看过", "my:readers", 6, "eye", False),
    ("我的授权", "my:consents", 7, "shield-check", False),
)
for title, name, order, icon, tab in PLACES:
    entry(
        section=SECTION,
        title=title,
        url_name=name,
        permission=Permission.OWN_RECORD,
        order=order,
        icon=icon,
        tab=tab,
    )
