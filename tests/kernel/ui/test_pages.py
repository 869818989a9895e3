"""Every page of the gallery: no inline code, labels on every field, the navigation of the role, known icons."""

import re
from pathlib import Path

import pytest
from access_community import Community
from django.test import Client

import yigongti
from yigongti.kernel.ui import assets, figures, panels
from yigongti.kernel.ui.demonstration import DemoAccount, demo_accounts, write_demo_accounts
from yigongti.kernel.ui.security import POLICY
from yigongti.kernel.ui.templatetags.ui import htmx_config

PAGES = ["", "list/", "case/", "form/", "explanation/", "dashboard/"]
INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*(src=|application/json))|javascript:")
SOURCE = Path(yigongti.__file__).parent


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_inline_and_the_browser_is_told_so(operator: Client, page: str) -> None:
    response = operator.get(f"/ui/gallery/{page}")
    assert response.status_code == 200
    assert response["Content-Security-Policy"] == POLICY
    assert response["Cache-Control"] == "no-store"
    assert not INLINE.search(response.content.decode())


def test_no_template_of_any_room_has_inline_code() -> None:
    found = {
        str(path.relative_to(SOURCE)): match.group()
        for path in SOURCE.rglob("templates/**/*.html")
        if (match := INLINE.search(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_every_field_has_a_label(operator: Client, page: str) -> None:
    text = operator.get(f"/ui/gallery/{page}").content.decode()
    for field in re.findall(r"<(?:input|select|textarea)\b[^>]*>", text):
        if 'type="hidden"' in field:
            continue
        name = re.search(r'id="([^"]+)"', field)
        assert "aria-label=" in field or (name and f'for="{name.group(1)}"' in text), field


@pytest.mark.django_db
def test_the_navigation_shows_what_the_role_may_use(operator: Client, community: Community) -> None:
    link = 'href="/ui/gallery/"'
    assert link in operator.get("/organizations/").content.decode()
    operator.force_login(community.users["family-doctor"], backend="yigongti.kernel.access.backends.GrantedBackend")
    assert link not in operator.get("/organizations/").content.decode()
    assert operator.get("/ui/gallery/").status_code == 403


@pytest.mark.django_db
def test_theme_and_text_size_are_remembered_in_cookies(operator: Client) -> None:
    operator.cookies.load({"ui_theme": "dark", "ui_font": "l"})
    assert 'data-bs-theme="dark" data-font="l"' in operator.get("/ui/gallery/").content.decode()
    operator.cookies.load({"ui_theme": '"><script>', "ui_font": "zzz"})
    assert 'data-bs-theme="light" data-font="m"' in operator.get("/ui/gallery/").content.decode()


def test_every_icon_that_a_template_or_a_room_names_is_in_the_sprite() -> None:
    known = set(assets.ICONS.read_text(encoding="utf-8").split())
    named: dict[str, str] = {}
    for path in [*SOURCE.rglob("*.html"), *SOURCE.rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r'{% icon "([^"]+)"|\bicon="([a-z0-9-]+)"', text):
            named["".join(name)] = path.name
    assert {name: where for name, where in named.items() if name not in known} == {}


def test_the_lock_file_names_no_registry() -> None:
    lock = (assets.PROJECT / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert "registry" not in lock


def test_the_sprite_has_one_symbol_for_each_name(tmp_path: Path) -> None:
    (tmp_path / "x.svg").write_text(
        '<!-- by --><svg width="24">\n<path stroke="none" d="M0 0h24v24H0z" fill="none"/><path d="M1 1"/></svg>'
    )
    drawn = assets.sprite(tmp_path, ["x"])
    assert drawn.count("<symbol") == 1
    assert '<symbol id="x" viewBox="0 0 24 24"><path d="M1 1"/></symbol>' in drawn


def test_htmx_evaluates_nothing_and_keeps_no_history_of_people() -> None:
    assert '"allowEval": false' in htmx_config()
    assert '"historyCacheSize": 0' in htmx_config()


def test_demonstration_accounts_are_shown_only_in_demo_mode() -> None:
    write_demo_accounts([DemoAccount(username="a", password="b", name="c", role="d")])
    assert demo_accounts() == []


def test_figures_mark_small_denominators_and_say_when_nothing_can_be_counted() -> None:
    figure = figures.Figure(label="及时率", value=None, numerator=3, denominator=29)
    assert (figure.text, figure.small, figure.fraction) == ("—", True, "3 / 29")
    assert figures.Source(document="x", mark="GK").badge == "通识"
    assert not figures.Figure(label="人次", value=1234).small
    assert figures.Figure(label="人次", value=1234).text == "1,234"


def test_panels_come_in_order_and_may_stay_away() -> None:
    panels.panel("test.place", order=20)(lambda request, subject: "second")
    panels.panel("test.place", order=10)(lambda request, subject: f"first of {subject}")
    panels.panel("test.place", order=15)(lambda request, subject: None)
    assert panels.drawn("test.place", None, "x") == ["first of x", "second"]  # type: ignore[arg-type]
