"""Registers on the real database: order, filter, pages, spreadsheet, statements."""

import io
from datetime import date

import pytest
from access_community import Community, person
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.ui.paging import KNOWN, BoundedPaginator
from yigongti.kernel.ui.register import REMEMBERED
from yigongti.registry.organizations.models import Organization

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Target": "register-test-organizations"}


def many(number: int) -> None:
    """Organisations to page through."""
    with acting(SYSTEM):
        Organization.objects.bulk_create(
            Organization(code=f"X{n:05}", name=f"村卫生室{n:05}", tier="village", opened_on=date(2024, 1, 1))
            for n in range(number)
        )


def names(response: object) -> list[str]:
    """The names in the list."""
    text = response.content.decode()  # type: ignore[attr-defined]
    return [part.split("</a>")[0] for part in text.split('data-label="名称"><a href="')[1:]]


def first(response: object) -> str:
    return names(response)[0].split(">")[1]


def test_the_list_is_shown_and_each_row_opens(reader: Client) -> None:
    text = reader.get("/organizations/").content.decode()
    assert text.count("data-href=") == 4
    assert "第 1–4 条，共 4 条" in text


def test_visitors_log_in_and_others_are_refused(reader: Client, community: Community) -> None:
    assert Client().get("/organizations/").headers["Location"] == "/login/?next=/organizations/"
    resident = person(community, "resident", "resident", "town")
    reader.force_login(resident, backend="yigongti.kernel.access.backends.GrantedBackend")
    assert reader.get("/organizations/").status_code == 403
    assert reader.post("/organizations/", {"register": "test-organizations"}).status_code == 403


def test_sorting_and_pages_answer_htmx_with_the_list_alone(reader: Client) -> None:
    many(60)
    response = reader.get("/organizations/?sort=-code", headers=HTMX)
    assert "<html" not in response.content.decode()
    assert first(response) == "村卫生室00059"
    assert first(reader.get("/organizations/?page=2", headers=HTMX)) == "村卫生室00034"
    assert first(reader.get("/organizations/")) == "村卫生室00059"


def test_a_filter_is_posted_remembered_and_cleared(reader: Client) -> None:
    filtered = {"register": "test-organizations", "tier": "county", "name": ""}
    response = reader.post("/organizations/", filtered, headers=HTMX)
    assert len(names(response)) == 2
    assert response["HX-Replace-Url"] == "/organizations/"
    again = reader.get("/organizations/").content.decode()
    assert again.count("data-href=") == 2
    assert "已筛选" in again
    assert 'value="county" selected' in again
    assert len(names(reader.get("/organizations/?clear=test-organizations"))) == 4
    assert len(names(reader.get("/organizations/"))) == 4


def test_without_javascript_the_filter_redirects_to_the_clean_address(reader: Client) -> None:
    response = reader.post("/organizations/", {"register": "test-organizations", "name": "town2"})
    assert response.status_code == 302
    assert response["Location"] == "/organizations/"
    assert len(names(reader.get("/organizations/"))) == 1


def test_a_link_with_a_filter_replaces_the_remembered_one(reader: Client) -> None:
    reader.post("/organizations/", {"register": "test-organizations", "name": "town2"})
    assert len(names(reader.get("/organizations/?tier=county"))) == 2
    assert len(names(reader.get("/organizations/"))) == 2


def test_an_empty_list_says_what_would_be_here_or_how_to_widen_the_filter(reader: Client) -> None:
    text = reader.get("/organizations/?name=没有").content.decode()
    assert "没有符合条件的记录" in text
    assert "清除筛选条件" in text


def test_the_spreadsheet_has_exactly_what_the_filter_leaves(reader: Client) -> None:
    reader.post("/organizations/", {"register": "test-organizations", "tier": "township"})
    response = reader.get("/organizations/?export=test-organizations")
    values = list(load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    assert [row[0] for row in values] == ["名称", "测试town", "测试town2"]


def test_big_tables_are_not_counted_to_the_end(reader: Client) -> None:
    many(KNOWN + 40)
    text = reader.get("/organizations/").content.decode()
    assert "共 1000+ 条" in text
    deep = reader.get("/organizations/?page=42").content.decode()
    assert "第 1026–1044 条" in deep
    assert "第 1–25 条" in reader.get("/organizations/?page=300").content.decode()
    assert reader.get("/organizations/?page=abc").status_code == 200
    assert "第 1–25 条" in reader.get("/organizations/?page=-3").content.decode()


def test_a_page_costs_two_statements_of_its_own(reader: Client) -> None:
    many(60)
    reader.get("/organizations/")  # the name of one's own organisation is remembered for a minute
    with CaptureQueriesContext(connection) as captured:
        reader.get("/organizations/?page=2")
    own = [query["sql"] for query in captured if '"organizations_organization"' in query["sql"]]
    assert len(own) == 2, own
    with CaptureQueriesContext(connection) as captured:
        reader.get("/organizations/?name=town")
    own = [query["sql"] for query in captured if '"organizations_organization"' in query["sql"]]
    assert len(own) == 1, own


def test_a_list_that_ends_on_its_page_is_not_counted() -> None:
    paginator = BoundedPaginator(list(range(30)), 25)
    assert paginator.page(2).object_list == [25, 26, 27, 28, 29]
    assert paginator.total == "30"
    assert not paginator.page(2).has_next()


def test_names_in_a_filter_stay_in_the_session(reader: Client) -> None:
    reader.post("/organizations/", {"register": "test-organizations", "name": "盘志明"}, headers=HTMX)
    assert "%E7%9B%98" in reader.session[REMEMBERED]["test-organizations"]
