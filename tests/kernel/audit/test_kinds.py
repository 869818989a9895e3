"""Everything that the audit names has a Chinese title, the same on the register, on the entry and in the export."""

import re
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from access_community import Community, Enter
from django.urls import get_resolver

import yigongti
from yigongti.kernel.audit.kinds import pages, subject_title
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.audit.reading import note

CHINESE = re.compile("[一-鿿]")
SOURCES = sorted(Path(yigongti.__file__).parent.rglob("*.py"))
WRITTEN = re.compile(r"""(?:subject|page)="([a-z-]+:[a-z_-]+)\"|'READ', '([a-z]+:[a-z]+)'""")


def test_every_subject_that_the_code_writes_has_a_title() -> None:
    get_resolver().url_patterns  # noqa: B018  # rooms are read with their addresses
    written = {one or other for file in SOURCES for one, other in WRITTEN.findall(file.read_text())}
    assert len(written) > 15
    assert [subject for subject in sorted(written) if not CHINESE.search(subject_title(subject))] == []


def test_every_page_and_action_that_may_be_refused_has_a_title() -> None:
    from yigongti.site.api import api

    assert subject_title("record:timeline") == pages()["record:timeline"]
    assert subject_title("login") == "登录"
    named = {name for name in _names() if ":" in name and not name.startswith(("api:openapi", "api:api-root", "ui:"))}
    assert api.title
    assert len(named) > 150
    assert [name for name in sorted(named) if not CHINESE.search(subject_title(name))] == []


def _names() -> list[str]:
    from yigongti.kernel.audit.kinds import _titled

    return [name for name, _ in _titled(get_resolver())]


@pytest.mark.django_db
def test_register_entry_and_export_say_the_same(community: Community, enter: Enter) -> None:
    note(community["family-doctor"], Entry.Action.READ, subject="referral:case", subject_id="1")
    client = enter("auditor")
    entry = Entry.objects.get(subject="referral:case")
    register = client.get("/audit/").content.decode()
    detail = client.get(f"/audit/{entry.pk}/").content.decode()
    book = openpyxl.load_workbook(BytesIO(client.get("/audit/?export=audit").content))
    cells = {str(cell.value) for row in book.active.iter_rows() for cell in row if cell.value}
    for shown in (register, detail, "\n".join(cells)):
        assert "转诊单" in shown
        assert "referral:case" not in shown.replace('value="referral:case"', "")
