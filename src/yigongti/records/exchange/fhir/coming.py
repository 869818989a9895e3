"""What our columns say together with what was kept as it came (:mod:`..fhir_kept`), in SQL.

What was sent stands as it was sent. Ours are: the references to where a row belongs, a value that was converted to the
unit of the catalogue, and our own identifiers, extensions and codings, which stand beside those of the sender.
"""

from ..fhir_kept import SENDER
from .pieces import literal
from .systems import SOURCE

#: told by us as soon as we know it
BELONGS = ("encounter", "authorizingPrescription", "result")
LISTS = ("identifier", "extension")
CONVERTED = "m.k #> '{valueQuantity,value}' <> m.d #> '{valueQuantity,value}'"


def as_it_came(made: str, concept: str) -> str:
    """SQL (jsonb) of a row ``e`` whose columns say ``made``."""
    belongs = ", ".join(f"'{name}'" for name in BELONGS)
    lists = " || ".join(_both(name, f"(m.k -> '{name}') || (m.d -> '{name}')") for name in LISTS)
    codings = f" || {_codings(concept)}" if concept else ""
    sender = f"'{SOURCE}' || e.source || chr(34)"
    kept = f"replace((e.extra -> 'fhir')::text, {literal(SENDER + chr(34))}, {sender})"
    instead = "jsonb_array_elements_text(coalesce(e.extra -> 'instead', '[]'))"
    return f"""(SELECT CASE WHEN m.k IS NULL THEN m.d ELSE
        (m.d - m.instead)
        || (m.k - ARRAY(SELECT ours FROM unnest(ARRAY[{belongs}]) ours WHERE m.d ? ours)
               - CASE WHEN {CONVERTED} THEN ARRAY['valueQuantity', 'referenceRange'] ELSE '{{}}'::text[] END)
        || {lists}{codings} || {_context()} || {_content()} END
      FROM (SELECT {made} AS d, CASE WHEN e.extra ? 'fhir' THEN ({kept})::jsonb END AS k,
                   ARRAY(SELECT {instead}) AS instead OFFSET 0) m)"""


def _both(name: str, together: str) -> str:
    """An element of which we and the sender both say something."""
    return f"CASE WHEN m.k ? '{name}' AND m.d ? '{name}' THEN jsonb_build_object('{name}', {together}) ELSE '{{}}' END"


def _codings(name: str) -> str:
    """The sender's codings, and those of ours that are not among them."""
    place = f"{{{name},coding}}"
    more = f"""(SELECT jsonb_agg(c) FROM jsonb_array_elements(coalesce(m.d #> '{place}', '[]')) c WHERE NOT
        coalesce(m.k #> '{place}', '[]') @> jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
            'system', c -> 'system', 'code', c -> 'code'))))"""
    every = f"coalesce(m.k #> '{place}', '[]') || coalesce({more}, '[]')"
    return f"""CASE WHEN jsonb_typeof(m.k -> '{name}') = 'object' AND m.d ? '{name}' AND jsonb_array_length({every}) > 0
        THEN jsonb_build_object('{name}', (m.k -> '{name}') || jsonb_build_object('coding', {every})) ELSE '{{}}' END"""


def _context() -> str:
    """The visit that we know stands in the context of a document, or is the context."""
    joined = "(m.k -> 'context') || (m.d -> 'context')"
    ours = f"CASE WHEN m.d -> 'context' ? 'reference' THEN m.d -> 'context' ELSE {joined} END"
    return _both("context", ours)


def _content() -> str:
    """A document whose content is kept here leads to it."""
    ours = "m.d #> '{content,0,attachment}'"
    sent = "m.k #> '{content,0,attachment}'"
    joined = f"jsonb_set(m.k -> 'content', '{{0,attachment}}', coalesce({ours}, '{{}}') || ({sent}))"
    return f"CASE WHEN {sent} IS NOT NULL THEN jsonb_build_object('content', {joined}) ELSE '{{}}' END"
