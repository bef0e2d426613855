"""Rule kinds in, the JSON schema of their files out: for editors that complete and check YAML."""

from collections.abc import Mapping
from typing import Any

from alerts.rules import RULES
from alerts.rules.base import RuleSettings

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: type[RuleSettings]) -> dict[str, Any]:
    """Return the schema of one rule's file."""
    return {"$schema": DRAFT, **_body(kind)}


def schema_of_all(kinds: Mapping[str, type[RuleSettings]] = RULES) -> dict[str, Any]:
    """Return one schema of the whole folder: an object with a key per rule, as its file may hold it."""
    files = {
        name: {key: value for key, value in schema_of(kind).items() if key != "$schema"} for name, kind in kinds.items()
    }
    references = {name: {"$ref": f"#/$defs/{name}"} for name in files}
    return {
        "$schema": DRAFT,
        "title": "rules/*.yml of a Minsheng deployment, by rule",
        "type": "object",
        "additionalProperties": False,
        "properties": references,
        "$defs": files,
    }


def _body(kind: type[RuleSettings]) -> dict[str, Any]:
    return {**kind.model_json_schema(), "title": f"rules/{kind.name}.yml: {kind.title}"}
