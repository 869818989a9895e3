"""Every address and every action of the API × every role × the own, a sister and a foreign organisation.

What should happen is derived from what the views declare (``permission``), never from a list beside them; an address
without a declaration fails. Each request runs in a savepoint that is rolled back, so that all see the same world.
"""

import pytest
from access_world import (
    GLOBAL,
    ON_PURPOSE,
    OWN,
    PAGES,
    PLACES,
    PUBLIC,
    REFUSED,
    SCOPED,
    SYSTEMS,
    Walked,
    action_url,
    addresses,
    may_call,
    operations,
)
from django.http import HttpResponseBase
from django.test import Client, TestCase
from django.urls import NoReverseMatch

from yigongti.kernel.ui.navigation import allowed

pytestmark = pytest.mark.slow


class Declarations(TestCase):
    """Nothing without a declaration."""

    def test_every_address_says_who_may(self) -> None:
        silent = [a.name for a in PAGES if a.permission is ...]
        assert silent == []
        assert [path for _, path, permission in operations() if permission is ...] == []

    def test_the_lists_of_exceptions_name_what_exists(self) -> None:
        names = {a.name for a in addresses()}
        assert names >= PUBLIC | OWN
        mounted = {a.room for a in PAGES}
        assert {name for name in ON_PURPOSE if name.partition(":")[0] in mounted} <= names


class Pages(Walked):
    """Pages: as declared, for each role at its own organisation; never beyond it."""

    def test_visitors_log_in_first(self) -> None:
        visitor = Client(raise_request_exception=False)
        for page in PAGES:
            for method in filter(page.takes, ("get", "post")):
                answer = self.ask(visitor, method, page.url(self.examples))
                assert answer.status_code == 302, f"{method} {page.name}: {answer.status_code}"
                assert answer["Location"].startswith("/login/"), page.name

    def test_each_role_may_what_is_declared(self) -> None:
        wrong, posted = [], set()
        for role, client, actor in self.people("own"):
            for page in PAGES:
                may = allowed(actor, page.permission)
                for method in page.worth_asking(first=may and page not in posted):
                    posted |= {page} if may else set()
                    status = self.ask(client, method, page.url(self.examples)).status_code
                    if not may and status != 403:
                        wrong.append(f"{role} {method} {page.name}: {status} although not allowed")
                    if may and status == 403 and method == "get" and not SCOPED & set(page.keys):
                        wrong.append(f"{role} {method} {page.name}: 403 although allowed")
        assert wrong == []

    def test_nobody_from_elsewhere_sees_what_belongs_to_the_own_organisation(self) -> None:
        wrong = []
        for place in ("sister", "foreign"):
            for role, client, actor in self.people(place):
                for page in PAGES:
                    if not SCOPED & set(page.keys) or page.name in ON_PURPOSE:
                        continue
                    if not page.takes("get") or not allowed(actor, page.permission):
                        continue
                    status = self.ask(client, "get", page.url(self.examples)).status_code
                    if status not in (403, 404):
                        wrong.append(f"{role}@{place} {page.name}: {status}")
        assert wrong == []

    def test_nobody_from_elsewhere_changes_what_belongs_to_the_own_organisation(self) -> None:
        wrong = []
        for place in ("sister", "foreign"):
            for role, client, actor in self.people(place):
                for page in PAGES:
                    if not page.keys or page.room in GLOBAL or not page.takes("post"):
                        continue
                    if allowed(actor, page.permission):
                        status = self.ask(client, "post", page.url(self.examples)).status_code
                        if status in (201, 204):
                            wrong.append(f"{role}@{place} {page.name}: {status}")
        assert wrong == []

    def test_the_examples_are_real(self) -> None:
        """Somebody at the own organisation opens each scoped object: otherwise refusals would prove nothing."""
        reached = set()
        for _, client, actor in self.people("own"):
            for page in PAGES:
                keys = SCOPED & set(page.keys)
                if not keys - reached or not page.takes("get") or not allowed(actor, page.permission):
                    continue
                if self.ask(client, "get", page.url(self.examples)).status_code in (200, 302):
                    reached |= keys
        present = {key for page in PAGES for key in page.keys} & SCOPED
        assert present - reached == set()


class Systems(Walked):
    """FHIR: for systems with a token. Who reads and writes with which scope is tested beside the server."""

    def test_nobody_comes_in_with_a_session(self) -> None:
        served = {
            "Patient/$match": "match",
            "Patient": "type",
            "Patient/1": "resource",
            "$export": "export",
            "": "root",
        }
        assert set(served.values()) <= {a.name.partition(":")[2] for a in SYSTEMS}
        for client in (Client(raise_request_exception=False), *(client for _, client, _ in self.people("own"))):
            for path in served:
                for method in ("get", "post"):
                    status = self.ask(client, method, f"/fhir/R4/{path}").status_code
                    assert status in (401, 404, 405), f"{method} {path}: {status}"


class Actions(Walked):
    """The API: as declared, and the case stands where it stood after everybody has tried."""

    def send(self, client: Client, method: str, path: str) -> HttpResponseBase:
        options = {"data": "{}", "content_type": "application/json"} if method != "get" else {}
        return self.ask(client, method, action_url(path, self.examples), **options)

    def test_visitors_are_not_answered(self) -> None:
        for method, path, _ in operations():
            assert self.send(Client(raise_request_exception=False), method, path).status_code == 401, path

    def test_without_the_permission_nothing_happens(self) -> None:
        wrong = []
        for place in PLACES:
            for role, client, actor in self.people(place):
                for method, path, permissions in operations():
                    if may_call(actor, permissions):
                        continue
                    status = self.send(client, method, path).status_code
                    if status not in REFUSED:
                        wrong.append(f"{role}@{place} {method} {path}: {status}")
        assert wrong == []

    def test_the_permission_elsewhere_is_no_permission_here(self) -> None:
        wrong = []
        for place in ("sister", "foreign"):
            for role, client, actor in self.people(place):
                for method, path, permissions in operations():
                    if may_call(actor, permissions) and any(f"{key}}}" in path for key in (*SCOPED, "case_id")):
                        status = self.send(client, method, path).status_code
                        if status not in REFUSED:
                            wrong.append(f"{role}@{place} {method} {path}: {status}")
        assert wrong == []

    def test_the_own_side_reads_the_case(self) -> None:
        for role in ("family-doctor", "director"):
            client, _ = self.clients[role, "own"]
            assert self.send(client, "get", "/api/up-referrals/{case_id}").status_code == 200


def test_no_reverse_is_left_to_chance() -> None:
    """Every address can be built from its keys."""
    for page in PAGES:
        try:
            page.url({})
        except NoReverseMatch as error:
            raise AssertionError(page.name) from error
