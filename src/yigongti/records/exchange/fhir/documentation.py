# ruff: noqa: E501 the lines of the document
"""``docs/fhir.md`` from the declarations: ``YIGONGTI_WRITE_DOCS=1 pytest tests/records/exchange/fhir/test_examples.py``."""

from collections.abc import Iterable, Mapping

from .access import IDENTIFIERS
from .resources import RESOURCES, Resource

HEAD = """# FHIR R4

Made from `records/exchange/fhir` by `YIGONGTI_WRITE_DOCS=1 pytest tests/records/exchange/fhir/test_examples.py`, which keeps it true.

The server answers under `/fhir/R4/` with `application/fhir+json`; what goes wrong is an `OperationOutcome`. `GET /fhir/R4/metadata` is the
CapabilityStatement. Validation uses the R4B models of `fhir.resources` (there are no plain R4 ones): for the types below R4B has the elements of R4.

## Who may call
A system is registered by an administrator (接入系统) at an organisation, takes a token from `POST /api/token` (OAuth 2.0 client credentials) and acts
within the care relations of that organisation: row-level security decides on every row, protected categories included. Scopes:

| scope | opens |
|---|---|
| `system/*.read`, `system/<type>.read` | reading, searching, `$everything`, `$match` (Patient), `$export` |
| `system/*.write`, `system/<type>.write` | create, update, transactions |
| `system/Patient.identifiers` | identity number, phone and address as they are; without it they are masked |

These scopes open nothing under `/api/`. Every request leaves one audit entry for each resident it showed; residents see them.

## Reading
- The id of a row of the record is that of its first version: it stays while the row is corrected. `_history` and `_history/<n>` answer the versions;
  a row that was declared void is `410 Gone`.
- Codings: LOINC for our catalogue, ICD-10 and ICD-9-CM-3, then our own and the source's own code (`urn:yigongti:code-system:…`).
- `_count` (most 500), `_sort` (one date, `_id`, `_lastUpdated`; `-` falls), `_include`, `_revinclude`, `_total`, `_summary=count`, `_elements`,
  `_id`, `_lastUpdated`, one chained step (`patient.identifier`), `:not`, `:missing`, `:exact`, `:contains`, `:identifier`. Dates take `eq ne ge gt le lt sa eb ap`.
  `POST <type>/_search` keeps what is searched for out of every log. Links to further pages carry a sealed cursor, which only the same system can use.
- Unknown parameters are ignored and told in the Bundle; `Prefer: handling=strict` refuses them.
- `Patient/<id>/$everything` with `_type`, `_since`, `start`, `end`.
- `Patient/$match` takes a Parameters resource (`resource`, `count`, `onlyCertainMatches`) and asks the index: `search.score` is its probability, the
  `match-grade` is `certain` where it would tie alone, `probable` or `possible` where it would ask a person. Only residents within reach are answered.
- A record that became part of another one is read with `active` false and a `link` (`replaced-by`); the other has a `link` (`replaces`). Searches, also by
  the id or the number of the former, answer the latter; `meta.lastUpdated` of both moves.
- `$export`, `Patient/$export`, `Group/<organisation id>/$export` with `_type`, `_since`, `_typeFilter`, `_elements`: 202 with `Content-Location`; the NDJSON
  files can be fetched for 24 hours by the system that asked. With `_since` the manifest has `deleted`: Bundles of what was declared void. Of types that
  keep no time of change (organisations and staff) `_since` gives all.
- Times of our own are told to the second in Beijing time; what was sent is told as it was sent.

## Writing
- `POST <type>`: the `id` in the body is the sender's own key (without one a key is made). The same key with the same content changes nothing (200); with
  other content it is a new version. References name resources by the sender's own key, by our id, by `fullUrl` inside a transaction, people also by
  identifier or by a search that finds exactly one (`Patient?identifier=…`). Practitioners and organisations of the registry are named by identifier
  (`urn:yigongti:practitioner-code`, `urn:yigongti:practice-licence`, `urn:yigongti:organization-code`, `urn:yigongti:credit-code`) or by our id together
  with their name; a system speaks for its own organisation and those below it. Visits, reports and prescriptions that were never received do not keep a
  resource from being taken.
- A year or a month stands for its first day in our columns. An observation without a time takes that of its report, `issued` or `meta.lastUpdated`.
- `PUT <type>/<our id>` for what the same system sent (`If-Match` holds). Ids are ours: a `PUT` to an unknown id creates nothing.
- `If-None-Exist` on `POST`, `PUT <type>?<search>`; `transaction` (all or nothing, GET, POST, PUT, `ifMatch`) and `batch` Bundles of at most 500 entries.
- Nothing is deleted: `DELETE` is 405. `status` (or `verificationStatus`) `entered-in-error` on what the same system sent declares it void (then 410).
- Components are rows of their own too: one that a later version leaves out is declared void (410), one that comes again is its next version.
- A visit that goes on and names no beginning began when it was first told.
- Patients go to the index: who cannot be tied without doubt waits for a person to decide (202). The index works with the identity document
  (`urn:oid:2.16.156.10011.1.3`, `urn:yigongti:identity-document:<kind>`, or an identifier of type NNCHN, PPN or PRC), and with the name, phone and address
  in use: not `old` or `maiden`, no `period.end`, `official`, `mobile` and `home` before others, a phone by its `rank`.
- Values of the catalogue must lie within its limits; units are converted (policy `exchange/units`). The mapping is the policy `exchange/fhir-r4`.
- Everything else is refused with the reason, field by field.
"""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    columns = list(head)
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def _parameters(kind: Resource) -> str:
    return "、".join(f"`{one.name}`" for one in kind.parameters)


def types() -> list[str]:
    """Every type: read, write, what finds it."""
    rows = ([f"`{k.type}` {k.title}", "是" if k.write else "否", _parameters(k)] for k in RESOURCES.values())
    return ["", "## Types", "", *_table(("type", "written", "search parameters"), rows)]


def unkept() -> list[str]:
    """What of each type is not stored, and what has no column of its own."""
    rows = ([f"`{k.type}`", k.unkept] for k in RESOURCES.values() if k.write)
    return [
        "",
        "## What is stored",
        "",
        "What has a column is what the house works with: pages, indicators, search. Everything else of a resource that was accepted is kept as it came",
        "and told again when it is read: further repetitions, codings, components, foreign extensions, contained resources, the value and its unit as they",
        "were sent. Where a value was converted to the unit of the catalogue the converted one is told. A reference to what is not here is told as a logical",
        "reference with the sender's key (`identifier.system` `urn:yigongti:source:<sender>`, the same under which the resource itself is found).",
        "",
        "Of a person all that a source tells is kept sealed with its identity, version by version, and told with the resident to whom it is tied. Where it says the",
        "same as our columns (the same name, phone, address, number), its form stands; what it says beyond them stands beside ours with the extension",
        "`urn:yigongti:extension:told-by`: which source says so. What another source told is not taken from whoever sends it back. Single elements (marital status,",
        "order of birth) are those of the source that was heard last. Numbers of identity documents have their column, also when the index finds them false: then",
        "they are shown at the review desk alone. Without `system/Patient.identifiers` values of identifiers and phones are told by their ends, addresses by their",
        "town, contacts by how they are related, pictures not at all; sent back as they were read they stay as they are, rewritten they are refused. HL7 v2 messages",
        "keep the repetitions of PID-3, 4, 5, 9, 11, 13, 14, the maiden name of the mother, language, marital status, order of birth and NK1 in the same form.",
        "",
        "Not stored, of every type: the narrative (`text`), `meta`, `implicitRules`, and words beside `subject`. `Prefer: return=OperationOutcome` lists for one",
        "resource what was not stored.",
        "",
        *_table(("type", "kept as it came, without a column of its own"), rows),
    ]


def examples(outcomes: Mapping[str, tuple[str, str]]) -> list[str]:
    """The official examples, what became of each."""
    rows = ([f"`{name}`", status, words] for name, (status, words) in sorted(outcomes.items()))
    head = "Each was sent with `POST`, Patient and Encounter first, after the patients whom they name but who are not among them. Accepted: what is not told again"
    more = "when it is read. Refused: why. `tests/records/exchange/fhir/test_examples.py` does it again."
    return ["", "## The official examples", "", head, more, "", *_table(("file", "answer", "not stored, or why"), rows)]


def markdown(outcomes: Mapping[str, tuple[str, str]]) -> str:
    """The document."""
    assert IDENTIFIERS in HEAD
    return "\n".join([HEAD.rstrip(), *types(), *unkept(), *(examples(outcomes) if outcomes else []), ""])
