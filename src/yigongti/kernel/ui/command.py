"""A page with one form that calls one service: rendered as a page, or in the dialog when htmx asked.

A room declares the schema and ``run``; refusals of the service land on their fields, and nothing typed is lost.
"""

from typing import Any, ClassVar

import pydantic
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from yigongti.kernel.access.acting import acting
from yigongti.kernel.errors import Forbidden, Invalid, Stale, YigongtiError
from yigongti.kernel.ui.forms import Choices, SchemaForm, form_for, idempotency_key
from yigongti.kernel.ui.view import ActorView


class CommandView(ActorView):
    """One form, one service.

    ``key`` names the draft in the browser; ``done`` is the notice after success. ``self.kwargs`` has the URL's parts.
    """

    submit: ClassVar[str] = "提交"
    tone: ClassVar[str] = "primary"
    schema: ClassVar[type[pydantic.BaseModel]]
    done: ClassVar[str] = ""
    key: ClassVar[str] = ""
    template_name: ClassVar[str] = "ui/form.html"
    dialog_template_name: ClassVar[str] = "ui/form_body.html"

    def choices(self, actor: Any) -> Choices:
        """What fields marked ``ChoicesFrom`` may be."""
        return {}

    def initial(self, actor: Any) -> dict[str, Any]:
        """What the form starts with; everything that the record knows."""
        return {}

    def context(self, actor: Any) -> dict[str, Any]:
        """More for the page: ``banner``, ``effect`` (what will happen), ``hint``, ``version``, ``cancel``."""
        return {}

    def run(self, actor: Any, data: Any, *, key: str, version: int | None) -> str:
        """Call the service and answer the URL to go to. ``key`` is the idempotency key, ``version`` the one shown."""
        raise TypeError(f"{type(self).__name__} declares no run(actor, data)")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form."""
        actor = request.actor  # type: ignore[attr-defined]
        form = self.form_class(actor)(initial=self.initial(actor))
        return self.show(request, actor, form)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check, run, go on; or show the form again with what is wrong."""
        actor = request.actor  # type: ignore[attr-defined]
        with acting(actor):
            form = self.form_class(actor)(request.POST, request.FILES, initial=self.initial(actor))
            valid = form.is_valid()
        if valid:
            try:
                target = self.run(actor, form.data_object, key=idempotency_key(request.POST), version=self.version)
            except Forbidden:
                raise
            except YigongtiError as error:
                form.refuse(error)
            else:
                return self.go_on(request, target)
        with acting(actor):
            return self.show(request, actor, form, status=Invalid.status)

    def form_class(self, actor: Any) -> type[SchemaForm]:
        """The form of the schema."""
        return form_for(self.schema, self.choices(actor))

    @property
    def version(self) -> int | None:
        """The version of the object that the person saw."""
        given = self.request.POST.get("version", "")
        if given and not given.isdecimal():
            raise Stale("页面已过期", hint="请刷新后重试")
        return int(given) if given else None

    def go_on(self, request: HttpRequest, target: str) -> HttpResponse:
        """To the next page, with the notice; the browser forgets the draft."""
        if self.done:
            messages.success(request, self.done)
        if getattr(request, "htmx", None):
            return HttpResponse(status=204, headers={"HX-Redirect": target, "HX-Trigger": "ui:done"})
        return HttpResponseRedirect(target)

    def show(self, request: HttpRequest, actor: Any, form: SchemaForm, status: int = 200) -> HttpResponse:
        """The form as a page or in the dialog."""
        dialog = bool(getattr(request, "htmx", None))
        context = {
            "title": self.title,
            "form_title": self.title if dialog else "",
            "form": form,
            "action": request.path,
            "submit": self.submit,
            "tone": self.tone,
            "form_key": self.key or request.path.strip("/").replace("/", "-"),
            "key_value": idempotency_key(request.POST),
            "dialog": dialog,
            "crumbs": self.crumbs,
            "version": request.POST.get("version", ""),
            **self.context(actor),
        }
        return render(request, self.dialog_template_name if dialog else self.template_name, context, status=status)
