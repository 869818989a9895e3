"""One world for tests that walk everything: every address, every API action, somebody in every role at three places."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client, TestCase
from django.urls import URLPattern, URLResolver, get_resolver, reverse

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
from yigongti.kernel.ui.view import ActorView
from yigongti.medicine.catalogue import services as catalogue
from yigongti.registry.consortia.models import Consortium
from yigongti.site.api import api

#: open to everybody, logged in or not
PUBLIC = {
    *("health", "token", "api:openapi-json", "api:api-root", "fhir:metadata", "fhir:smart"),
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

    def worth_asking(self, *, first: bool) -> list[str]:
        """GET and POST; where one check stands before both, POST only the ``first`` time it is allowed."""
        methods = [method for method in ("get", "post") if self.takes(method)]
        one_check = getattr(self.view, "dispatch", None) is ActorView.dispatch
        return methods[:1] if one_check and not first else methods

    def url(self, examples: dict[str, Any]) -> str:
        kwargs = {key: self._example(key, examples) for key in self.keys}
        return reverse(self.name, kwargs=kwargs)

    def _example(self, key: str, examples: dict[Any, Any]) -> Any:
        other = {"IntConverter": 1, "UUIDConverter": uuid4()}.get(type(self.converters[key]).__name__, "x")
        return examples.get((self.room, key), examples.get(key, other))


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


def may_call(actor: Actor, permission: Any) -> bool:
    """What an action of the API declares: one permission or predicate, any of several, or None for all logged in."""
    several = permission if isinstance(permission, tuple) else (permission,)
    return any(allowed(actor, one) for one in several)


def action_url(path: str, examples: dict[Any, Any]) -> str:
    """The address of an action, its keys filled in."""
    room = path.split("/")[2]
    names = re.compile(r"\{(?:(\w+):)?(\w+)\}")

    def example(found: re.Match[str]) -> str:
        kind, key = found.groups()
        other = {"int": 1, "uuid": uuid4(), None: uuid4()}.get(kind, "x")
        return str(examples.get((room, key), examples.get(key, other)))

    return names.sub(example, path)


#: for systems with a token, never for people with a session
SYSTEMS = [a for a in addresses() if a.room == "fhir" and a.name not in PUBLIC]
PAGES = [a for a in addresses() if a.room not in ("api", "fhir") and a.name not in PUBLIC | OWN]


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
            consortium = Consortium.objects.get()
            formulary = catalogue.open_formulary(SYSTEM, name="测试目录", consortium=consortium)
            drug = catalogue.add_drug(
                SYSTEM, formulary=formulary, name="缬沙坦胶囊", specification="80mg", dosage_form="胶囊"
            )
            supply = catalogue.supply(SYSTEM, drug=drug, organization=made.organizations["town"])
            return {
                ("catalogue", "pk"): drug.pk,
                ("formulary", "drug_id"): drug.pk,
                ("formulary", "supply_id"): supply.pk,
                "drug": drug.name,
                "user_id": user.pk,
                "grant_id": user.grants.get().pk,
                "application_id": system.pk,
                "notice_id": Notice.objects.get().pk,
                ("audit", "entry_id"): Entry.objects.earliest("pk").pk,
                "case_id": case.pk,
                "organization_id": town,
                "resident_id": made.residents["wang"].pk,
                "referral_id": case.pk,
                "step": "accept",
                ("organizations", "pk"): town,
                ("places", "code"): "G1",
                ("policies", "room"): "referral",
                ("policies", "name"): "clocks",
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
