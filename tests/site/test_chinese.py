"""Whatever is typed wrong into a form or a filter is refused in Chinese."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.forms import BaseForm
from django.test import RequestFactory
from django.urls import get_resolver

from yigongti.kernel.access.actor import SYSTEM
from yigongti.kernel.audit.models import Entry
from yigongti.kernel.cases.declaration import Workflow
from yigongti.kernel.ui.command import CommandView
from yigongti.kernel.ui.forms import form_for
from yigongti.kernel.ui.register import RegisterView

ENGLISH = re.compile(r"\b[A-Za-z]{2,}[ ,.]+[A-Za-z]{2,}[ ,.]+[a-z]{2,}")
CHINESE = re.compile("[一-鿿]")
#: what people type: nothing, a word where a number is asked, far too much, a date that is none, a negative number
WRONG = ("", "x", "x" * 6000, "2026-13-45", "-99999999999999999999", "1e400", "\x00")


def descendants(kind: type) -> Iterator[type]:
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


def complaints(form: BaseForm) -> Iterator[str]:
    for messages in form.errors.values():
        yield from (str(message) for message in messages)


def assert_chinese(said: list[str], where: str) -> None:
    wrong = [text for text in said if ENGLISH.search(text) or not CHINESE.search(text)]
    assert wrong == [], where


def schemas() -> dict[str, Any]:
    get_resolver().url_patterns  # noqa: B018  # rooms are read with their addresses
    import_module("yigongti.care.referral.workflow")
    found = {view.schema for view in descendants(CommandView) if "schema" in vars(view)}
    found |= {step.asks for flow in descendants(Workflow) for step in getattr(flow, "steps", {}).values()}
    return {f"{schema.__module__}.{schema.__qualname__}": schema for schema in found}


def test_every_form_of_a_command_refuses_in_chinese() -> None:
    forms, said = schemas(), 0
    assert len(forms) > 50
    for name, schema in forms.items():
        made = form_for(schema)
        for wrong in WRONG:
            form = made(dict.fromkeys(schema.model_fields, wrong))
            found = list(complaints(form))
            assert_chinese(found, f"{name} ← {wrong[:20]!r}")
            said += len(found)
    assert said > 500


@pytest.mark.django_db
def test_every_filter_refuses_in_chinese() -> None:
    get_resolver().url_patterns  # noqa: B018
    filters = {view.filterset_class for view in descendants(RegisterView)} - {None}
    assert len(filters) > 8
    for filterset in filters:
        for wrong in WRONG:
            request = RequestFactory().get("/")
            request.actor = SYSTEM
            rows = (filterset._meta.model or Entry).objects.none()
            bound = filterset(dict.fromkeys(filterset.base_filters, wrong), queryset=rows, request=request)
            assert_chinese(list(complaints(bound.form)), f"{filterset.__qualname__} ← {wrong[:20]!r}")
