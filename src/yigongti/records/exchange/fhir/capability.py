"""What this server can do, made from the declarations: CapabilityStatement and SMART configuration."""

from typing import Any

from django.http import HttpRequest

from yigongti import __version__
from yigongti.kernel import clock

from .access import scopes
from .answers import MEDIA, base
from .resources import RESOURCES, Resource

OPERATIONS = {
    "Patient": (("everything", "Patient-everything"), ("match", "Patient-match")),
}
DEFINITION = "http://hl7.org/fhir/OperationDefinition/"
BULK = "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/"


def statement(request: HttpRequest) -> dict[str, Any]:
    """The CapabilityStatement."""
    security = {
        "cors": False,
        "service": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                        "code": "SMART-on-FHIR",
                    }
                ]
            }
        ],
        "description": "OAuth 2.0 client credentials；范围 system/<类型>.read、system/<类型>.write",
        "extension": [
            {
                "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
                "extension": [{"url": "token", "valueUri": request.build_absolute_uri("/api/token")}],
            }
        ],
    }
    rest = {
        "mode": "server",
        "security": security,
        "resource": [_resource(kind) for kind in RESOURCES.values()],
        "interaction": [{"code": "transaction"}, {"code": "batch"}],
        "operation": [
            {"name": "export", "definition": BULK + "export"},
            {"name": "patient-export", "definition": BULK + "patient-export"},
            {"name": "group-export", "definition": BULK + "group-export"},
        ],
    }
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": clock.now().isoformat(timespec="seconds"),
        "kind": "instance",
        "name": "YigongtiFhir",
        "title": "医共体协同平台 FHIR 接口",
        "software": {"name": "yigongti", "version": __version__},
        "implementation": {"description": "医共体协同平台", "url": base(request)},
        "fhirVersion": "4.0.1",
        "format": [MEDIA, "json"],
        "rest": [rest],
    }


def _resource(kind: Resource) -> dict[str, Any]:
    able = ["read", "search-type"] + (["vread", "history-instance"] if kind.chained else [])
    told: dict[str, Any] = {
        "type": kind.type,
        "interaction": [{"code": code} for code in able + (["create", "update"] if kind.write else [])],
        "versioning": "versioned" if kind.chained else "no-version",
        "readHistory": kind.chained,
        "updateCreate": False,
        "conditionalCreate": bool(kind.write),
        "conditionalUpdate": bool(kind.write),
        "conditionalDelete": "not-supported",
        "searchInclude": [f"{kind.type}:{one.name}" for one in kind.references],
        "searchRevInclude": [
            f"{other.type}:{one.name}"
            for other in RESOURCES.values()
            for one in other.references
            if one.target == kind.type
        ],
        "searchParam": [
            {"name": "_id", "type": "token"},
            {"name": "_lastUpdated", "type": "date"},
            *({"name": one.name, "type": one.kind, "documentation": one.title} for one in kind.parameters),
        ],
    }
    operations = OPERATIONS.get(kind.type, ())
    if operations:
        told["operation"] = [{"name": name, "definition": DEFINITION + definition} for name, definition in operations]
    return {name: value for name, value in told.items() if value != []}


def smart(request: HttpRequest) -> dict[str, Any]:
    """``.well-known/smart-configuration``."""
    return {
        "token_endpoint": request.build_absolute_uri("/api/token"),
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": sorted(scopes()),
        "capabilities": ["permission-v1"],
    }
