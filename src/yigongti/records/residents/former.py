"""Numbers that people had before: a changed or corrected number still finds its person."""

import pgtrigger
from django.db import models

from yigongti.kernel import clock
from yigongti.kernel.ciphers.fields import BlindIndexField, EncryptedTextField

from .normal_forms import identity_digits


class FormerNumber(models.Model):
    """A document number that the resident had until ``until``; written by the database when the number changes."""

    resident = models.ForeignKey("residents.Resident", models.CASCADE, related_name="former_numbers")
    id_number = EncryptedTextField("曾用证件号码", null=True, bound_to="residents_resident.id_number")
    id_number_index = BlindIndexField(of="id_number", normalize=identity_digits, db_index=True)
    until = models.DateTimeField("用至", default=clock.now)

    class Meta:
        verbose_name = verbose_name_plural = "曾用证件号码"
        constraints = [models.UniqueConstraint(fields=["resident", "id_number_index"], name="former_number_once")]


def remembered() -> pgtrigger.Trigger:
    """The trigger on residents that keeps the number which is replaced."""
    return pgtrigger.Trigger(
        name="former_number",
        when=pgtrigger.After,
        operation=pgtrigger.UpdateOf("id_number_index"),
        condition=pgtrigger.Condition(
            "OLD.id_number_index IS NOT NULL AND OLD.id_number_index IS DISTINCT FROM NEW.id_number_index"
        ),
        func="""
            INSERT INTO residents_formernumber (resident_id, id_number, id_number_index, until)
            VALUES (OLD.id, OLD.id_number, OLD.id_number_index, clock_timestamp()) ON CONFLICT DO NOTHING;
            RETURN NULL;
        """,
    )
