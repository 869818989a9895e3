"""Further names and telephones that systems tell of a person: what is kept sealed beside the columns still finds them.

Of each there is a blind index and nothing else; who finds somebody by it still sees only residents within reach.
"""

from django.db import models

from yigongti.kernel.ciphers import blind

from .names import normalise
from .normal_forms import phone_digits
from .sources import SourceIdentity

NAME, PHONE = "said_name", "phone"
blind.declare(NAME, normalise)
blind.declare(PHONE, phone_digits)


class SaidAlso(models.Model):
    """A further name or telephone of a source identity, as a blind index."""

    identity = models.ForeignKey(SourceIdentity, models.CASCADE, related_name="said_also", verbose_name="来源身份")
    kind = models.CharField("是什么", max_length=8, choices=[("name", "姓名"), ("phone", "电话")])
    value_index = models.BinaryField("盲索引", db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "来源另说的姓名和电话"
        constraints = [models.UniqueConstraint(fields=["identity", "kind", "value_index"], name="said_also_once")]

    def __str__(self) -> str:
        return self.get_kind_display()


#: whom a further name or telephone belongs to, and which system says so. It says no more than keys: who may see the
#: person is asked afterwards.
SAID_BY = """
CREATE FUNCTION residents_said_by(names bytea[], phones bytea[])
RETURNS TABLE (resident uuid, how text, was text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT residents_survivor(f.resident_id), f.how, f.title FROM (
        (SELECT i.resident_id, 'also-' || a.kind AS how, s.title FROM residents_saidalso a
           JOIN residents_sourceidentity i ON i.id = a.identity_id JOIN residents_sourcesystem s ON s.code = i.source
          WHERE i.resident_id IS NOT NULL AND ((a.kind = 'name' AND a.value_index = ANY (names))
             OR (a.kind = 'phone' AND a.value_index = ANY (phones))) LIMIT 20)
        UNION ALL
        (SELECT i.resident_id, 'also-phone', s.title FROM residents_sourceidentity i
           JOIN residents_sourcesystem s ON s.code = i.source
          WHERE i.phone_index = ANY (phones) AND i.resident_id IS NOT NULL LIMIT 20)
    ) f
$$;
"""
CREATE = SAID_BY
DROP = "DROP FUNCTION residents_said_by(bytea[], bytea[]);"
