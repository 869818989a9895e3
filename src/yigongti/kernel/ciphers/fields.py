"""Encrypted model fields.

::

    class Resident(models.Model):
        phone = EncryptedTextField("电话", null=True)
        phone_index = BlindIndexField(of="phone", normalize=phone_digits, db_index=True)

    Resident.objects.filter(phone_index=blind_index("phone", typed))

``QuerySet.update`` of an encrypted field bypasses its index, as it bypasses ``save``: write through ``save``,
``bulk_create`` or ``bulk_update``, naming both fields. ``save(update_fields=…)`` that forgets the index is refused.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import lookups
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import pre_save

from yigongti.kernel.ciphers import blind, sm4
from yigongti.kernel.ciphers.blind import Candidates, Normalize
from yigongti.kernel.ciphers.sensitive import Sensitive


class _SensitiveAttribute(DeferredAttribute):
    """Wraps what is assigned, so that ``repr`` and error pages do not show it."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = self.field.to_python(value)


class EncryptedTextField(models.Field):
    """Text stored as an SM4-GCM ciphertext (``bytea``); a :class:`.Sensitive` string in Python.

    The ciphertext is bound to ``table.column``. ``bound_to`` keeps the old name after a table or column was renamed.
    Only ``isnull`` can be asked of the column; equality goes through a :class:`BlindIndexField`.
    """

    descriptor_class = _SensitiveAttribute
    description = "SM4-GCM encrypted text"

    def __init__(self, *args: Any, bound_to: str | None = None, **kwargs: Any) -> None:
        self.bound_to = bound_to
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if self.bound_to:
            kwargs["bound_to"] = self.bound_to
        return name, path, args, kwargs

    @property
    def associated(self) -> str:
        """What the ciphertexts are bound to."""
        return self.bound_to or f"{self.model._meta.db_table}.{self.column}"

    def get_internal_type(self) -> str:
        return "BinaryField"

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def to_python(self, value: Any) -> Any:
        return Sensitive(value) if type(value) is str else value

    def from_db_value(self, value: Any, expression: object, connection: object) -> Sensitive | None:
        return None if value is None else Sensitive(sm4.decrypt(bytes(value), self.associated.encode()).decode())

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return connection.Database.Binary(sm4.encrypt(str(value).encode(), self.associated.encode()))

    def value_to_string(self, obj: models.Model) -> str:
        return "" if self.value_from_object(obj) is None else str(self.value_from_object(obj))

    def formfield(self, *args: Any, **kwargs: Any) -> Any:
        from django import forms

        return super().formfield(**{"form_class": forms.CharField, **kwargs})


class _IndexAttribute(DeferredAttribute):
    """Always the index of the text as it stands on the object now."""

    field: "BlindIndexField"

    def __get__(self, instance: models.Model | None, cls: Any = None) -> Any:
        if instance is None:
            return self
        of = self.field.of
        if of not in instance.__dict__:
            return super().__get__(instance, cls)
        return blind.index_value(self.field.label, instance.__dict__[of])

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class BlindIndexField(models.BinaryField):
    """The blind index of the encrypted field named ``of``, filled by itself.

    ``normalize`` brings what people type to one form (a module-level function; empty result: no index). ``label``
    separates what is indexed; fields with the same label can be compared with each other (default: ``of``).
    """

    descriptor_class = _IndexAttribute

    def __init__(
        self, *args: Any, of: str = "", normalize: Normalize = str, label: str | None = None, **kwargs: Any
    ) -> None:
        self.of, self.normalize, self.label = of, normalize, label or of
        kwargs.update(editable=False, null=True, blank=True, max_length=None)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for fixed in ("editable", "null", "blank"):
            kwargs.pop(fixed, None)
        return name, path, args, kwargs | {"of": self.of, "normalize": self.normalize, "label": self.label}

    def contribute_to_class(self, cls: Any, name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        blind.declare(self.label, self.normalize)
        if not cls._meta.abstract:
            pre_save.connect(_refuse_stale_index, sender=cls, dispatch_uid=f"blind:{cls.__qualname__}:{name}")

    def pre_save(self, model_instance: models.Model, add: bool) -> bytes | None:
        value: bytes | None = getattr(model_instance, self.attname)
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, str):
            raise TypeError(f"compare {self.name} with blind_index({self.label!r}, …), not with text")
        return super().get_db_prep_value(value, connection, prepared)


def _refuse_stale_index(sender: Any, instance: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
    if update_fields is None:
        return
    for field in sender._meta.concrete_fields:
        if isinstance(field, BlindIndexField) and field.of in update_fields and field.name not in update_fields:
            raise ValueError(f"save(update_fields=…) writes {field.of!r}: name {field.name!r} as well")


@BlindIndexField.register_lookup
class SameValue(lookups.Exact):
    """``index = value`` for bytes, ``index IN (…)`` for the candidates of :func:`.blind_index`."""

    def get_prep_lookup(self) -> Any:
        return self.rhs if isinstance(self.rhs, Candidates) else super().get_prep_lookup()

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if not isinstance(self.rhs, Candidates):
            return super().as_sql(compiler, connection)
        if not self.rhs:
            raise EmptyResultSet
        left, params = self.process_lhs(compiler, connection)
        marks = ", ".join(["%s"] * len(self.rhs))
        return f"{left} IN ({marks})", [*params, *map(connection.Database.Binary, self.rhs)]
