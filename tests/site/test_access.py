"""Every address and every action of the API × every role × the own, a sister and a foreign organisation.

What should happen is derived from what the views declare (``permission``), never from a list beside them; an address
without a declaration fails. Each request runs in a savepoint that is rolled back, so that all see the same world.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client, TestCase
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from yigongti.care.referral import services as referrals
from yigongti.kernel.access import applications
from yigongti.kernel.access import services as access
from yigongti.kernel.access.acting import acting
from yigongti.kernel.access.actor import SYSTEM, Actor
from yigongti.kernel.access.models import Grant, User
from yigongti.kernel.access.roles import ExternalSystem, Machine, Resident, Role
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.cases.advance import advance
from yigongti.kernel.notices.models import Notice
from yigongti.kernel.notices.services import notify
from yigongti.kernel.ui.navigation import allowed
from yigongti.site.api import api

pytestmark = pytest.mark.slow

#: open to everybody, logged in or not
PUBLIC = {
    *("health", "token", "api:openapi-json", "api:api-root"),
    *("account_login", "account_inactive", "account_logout", "mfa_authenticate"),
}
#: one's own account, whatever the role: allauth's pages and the badges of the navigation
OWN = {
    *("account_change_password", "account_reauthenticate", "mfa_reauthenticate", "mfa_index", "mfa_activate_totp"),
    *("mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes"),
    "ui:badges",
}
#: objects that belong to an organisation: nobody from elsewhere sees them
SCOPED = {"user_id", "grant_id", "application_id", "notice_id", "resident_id", "referral_id"}
#: open on purpose: in an emergency every doctor may open a record, with a reason and an alarm
ON_PURPOSE = {"residents:emergency"}
#: knowledge and steering of the whole platform: not of one organisation
GLOBAL = {"terminology", "policy", "facts", "audit", "sheets", "workbench"}
#: refused: not yours, not there, not now (a step of another state), not complete
REFUSED = (403, 404, 409, 422)
PLACES = {"own": "town", "sister": "town2", "foreign": "foreign"}
ROLES = [role for role in Role.registry.values() if role not in (Machine, ExternalSystem)]


@dataclass(frozen=True)
class Address:
    """A URL pattern with its view's declaration."""

    name: str
    view: Any
    keys: tuple[str, ...]
    converters: dict[str, Any] = field(compare=False, hash=False)

    @property
    def permission(self) -> Any:
        return getattr(self.view, "permission", ...)

    @property
    def room(self) -> str:
        return self.name.partition(":")[0]

    def takes(self, method: str) -> bool:
        return hasattr(self.view, method)

    def url(self, examples: dict[str, Any]) -> str:
        kwargs = {key: self._example(key, examples) for key in self.keys}
        return reverse(self.name, kwargs=kwargs)

    def _example(self, key: str, examples: dict[str, Any]) -> Any:
        if key in examples:
            return examples[key]
        if (self.room, key) in examples:
            return examples[self.room, key]
        kind = type(self.converters[key]).__name__
        return {"IntConverter": 1, "UUIDConverter": uuid4()}.get(kind, "x")


def addresses(resolver: URLResolver | None = None, spaces: tuple[str, ...] = ()) -> Iterator[Address]:
    """Every page of the product; the API is walked by itself."""
    for item in (resolver or get_resolver()).url_patterns:
        if isinstance(item, URLResolver):
            yield from addresses(item, (*spaces, item.namespace) if item.namespace else spaces)
        elif isinstance(item, URLPattern):
            view = getattr(item.callback, "view_class", item.callback)
            converters = dict(item.pattern.converters)
            yield Address(":".join([*spaces, item.name or "?"]), view, tuple(converters), converters)


def operations() -> Iterator[tuple[str, str, Any]]:
    """Method, path and declared permissions of every action of the API."""
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    yield method.lower(), f"/api{prefix}{path}", getattr(operation.view_func, "permission", ...)


PAGES = [a for a in addresses() if a.room != "api" and a.name not in PUBLIC | OWN]


class Walked(TestCase):
    """One world for all tests: a township (own), its sister, a foreign hospital, and somebody in every role at each."""

    clients: dict[tuple[str, str], tuple[Client, Actor]]
    examples: dict[Any, Any]

    @classmethod
    def setUpTestData(cls) -> None:
        import care_community

        made = care_community.build()
        cls.clients = {}
        with acting(SYSTEM):
            for role in ROLES:
                for place, name in PLACES.items():
                    cls._someone(role, place, made.organizations[name].pk, made.residents["wang"].pk)
        cls.examples = cls._objects(made)

    @classmethod
    def _someone(cls, role: type[Role], place: str, organization_id: int, resident_id: Any) -> None:
        user = User.objects.create_user(f"{role.code}@{place}", None, name=f"{role.title}{place}")
        user.set_password("x")
        if role is Resident and place == "own":
            user.resident_id = resident_id
        user.save()
        Grant.objects.create(user=user, role=role.code, organization_id=organization_id, start="2024-01-01")
        client = Client(raise_request_exception=False)
        client.force_login(user, backend="yigongti.kernel.access.backends.GrantedBackend")
        cls.clients[role.code, place] = client, user.actor()

    @classmethod
    def _objects(cls, made: Any) -> dict[Any, Any]:
        """What belongs to the own organisation, and examples of what belongs to nobody."""
        town, _county = made.organizations["town"].pk, made.organizations["county"].pk
        user, _ = access.create_user(
            SYSTEM, username="someone", name="某人", role="family-doctor", organization_id=town
        )
        system, _ = applications.open_application(SYSTEM, name="HIS", organization_id=town, scopes=["record.read"])
        doctor = made["family-doctor"]
        case = referrals.begin_up(doctor, resident_id=made.residents["wang"].pk, disease="hypertension").case
        content = {
            "counterpart": case.counterpart_organization_id,
            "department": case.department_id,
            "priority": case.priority,
            "diagnosis": case.diagnosis or "高血压 3 级",
            "reason_codes": ["diagnosis-unclear"],
            "summary": "头晕两天，今晨测血压 192/112 mmHg，伴剧烈头痛、恶心，已口服卡托普利 12.5 mg，复测 186/110。",
            "follow_up_on": case.follow_up_on,
            "consented": True,
        }
        advance(doctor, case.flow, case.pk, "revise", content)
        cls.case = advance(doctor, case.flow, case.pk, "submit").case
        own = cls.clients["family-doctor", "own"][1]
        notify(users=[own.user_id or 0], title="您好", link="/")
        with acting(SYSTEM):
            return {
                "user_id": user.pk,
                "grant_id": user.grants.get().pk,
                "application_id": system.pk,
                "notice_id": Notice.objects.get().pk,
                "entry_id": Entry.objects.earliest("pk").pk,
                "resident_id": made.residents["wang"].pk,
                "referral_id": case.pk,
                "step": "accept",
                ("organizations", "pk"): town,
                ("places", "code"): "G1",
                ("policy", "room"): "referral",
                ("policy", "policy"): "clocks",
                ("sheets", "key"): "organizations",
                ("facts", "name"): "referral",
            }

    def ask(self, client: Client, method: str, url: str, **options: Any) -> HttpResponseBase:
        """One request that leaves nothing behind."""
        kept = client.cookies.copy()
        with transaction.atomic():
            answer = getattr(client, method)(url, **options)
            transaction.set_rollback(True)
        client.cookies = kept
        assert answer.status_code < 500, f"{method} {url}: {answer.status_code}"
        return answer  # type: ignore[no-any-return]

    def people(self, place: str) -> Iterator[tuple[str, Client, Actor]]:
        for role in ROLES:
            yield role.code, *self.clients[role.code, place]


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
        wrong = []
        for role, client, actor in self.people("own"):
            for page in PAGES:
                for method in filter(page.takes, ("get", "post")):
                    status = self.ask(client, method, page.url(self.examples)).status_code
                    may = allowed(actor, page.permission)
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


class Actions(Walked):
    """The API: as declared, and the case stands where it stood after everybody has tried."""

    def url(self, path: str) -> str:
        return path.replace("{case_id}", str(self.case.pk)).replace("{room}/{name}", "referral/clocks")

    def send(self, client: Client, method: str, path: str) -> HttpResponseBase:
        options = {"data": "{}", "content_type": "application/json"} if method != "get" else {}
        return self.ask(client, method, self.url(path), **options)

    def test_visitors_are_not_answered(self) -> None:
        for method, path, _ in operations():
            assert self.send(Client(raise_request_exception=False), method, path).status_code == 401, path

    def test_without_the_permission_nothing_happens(self) -> None:
        wrong = []
        for place in PLACES:
            for role, client, actor in self.people(place):
                for method, path, permissions in operations():
                    if any(actor.may(permission) for permission in permissions):
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
                    if "{case_id}" in path and any(actor.may(permission) for permission in permissions):
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
