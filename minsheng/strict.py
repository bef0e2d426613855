"""YAML files in, validated values out; every error names file, line and key."""

import difflib
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from minsheng.errors import ConfigError


class Strict(BaseModel):
    """Base of everything read from a file: unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


S = TypeVar("S", bound=BaseModel)


def read_yaml(path: Path, schema: type[S]) -> S:
    """Read one YAML file as ``schema``.

    Raises:
        ConfigError: The file is missing, is not YAML, or has a key or value that the schema does not know.
    """
    node, content = _load(path)
    return validate(content, schema, path, node)


def read_all(folder: Path, schema: type[S]) -> list[tuple[Path, S]]:
    """Read every ``*.yml`` and ``*.yaml`` of a folder in name order; a missing folder holds nothing."""
    files = sorted(p for p in folder.glob("*") if p.suffix in {".yml", ".yaml"} and not p.name.startswith("."))
    return [(path, read_yaml(path, schema)) for path in files]


def validate(content: object, schema: type[S], path: Path, node: yaml.Node | None = None) -> S:
    """Check already loaded content; ``node`` gives the lines for messages."""
    try:
        return schema.model_validate(content)
    except ValidationError as error:
        raise ConfigError(explain_validation(error, schema, path, node)) from error


def explain_validation(error: ValidationError, schema: type[BaseModel], path: Path, node: yaml.Node | None) -> str:
    """Return one line per problem: file, line, key, what is wrong and what was expected."""
    return "\n".join(_message(dict(problem), path, node, schema) for problem in error.errors(include_url=False))


def line_of(node: yaml.Node | None, keys: tuple[int | str, ...]) -> int:
    """Return the line (from 1) where the value under ``keys`` starts, or of its nearest parent."""
    line = 1 if node is None else node.start_mark.line + 1
    for key in keys:
        child = _child(node, key)
        if child is None:
            break
        line, node = child
    return line


def nearest(word: str, known: list[str]) -> str:
    """Return a hint that names the nearest known word, or all of them."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known))}"


def load_with_lines(path: Path) -> tuple[yaml.Node | None, object]:
    """Return the node tree (for ``line_of``) and the plain content of a file."""
    return _load(path)


def _load(path: Path) -> tuple[yaml.Node | None, object]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text: {error}") from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        if node is not None:
            _refuse_repeated_keys(node, path)
        return node, ({} if node is None else yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from error


def _refuse_repeated_keys(node: yaml.Node, path: Path) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise ConfigError(f"{path}:{key.start_mark.line + 1}: {key.value}: this key stands here twice")
            seen.add(key.value)
            _refuse_repeated_keys(value, path)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeated_keys(item, path)


def _child(node: yaml.Node | None, key: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return name.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        item = node.value[key]
        return item.start_mark.line + 1, item
    return None


def _message(problem: dict[str, Any], path: Path, node: yaml.Node | None, schema: type[BaseModel]) -> str:
    keys = tuple(problem["loc"])
    where = f"{path}:{line_of(node, keys)}: {'.'.join(map(str, keys)) or 'file'}"
    if problem["type"] == "extra_forbidden":
        return f"{where}: unknown key {keys[-1]!r}; {nearest(str(keys[-1]), _known_keys(schema, keys))}"
    if problem["type"] == "missing":
        return f"{where}: is missing"
    got = "" if isinstance(problem["input"], dict | list) else f" (got {problem['input']!r})"
    return f"{where}: {problem['msg'].removeprefix('Value error, ')}{got}"


def _known_keys(schema: type[BaseModel], keys: tuple[int | str, ...]) -> list[str]:
    """Follow ``keys`` through the schema to the model that refused the last of them."""
    current: type[BaseModel] = schema
    for key in keys[:-1]:
        info = current.model_fields.get(str(key)) or next(
            (f for f in current.model_fields.values() if f.alias == key), None
        )
        nested = _model_in(info.annotation) if info else None
        current = nested or current
    return [info.alias or name for name, info in current.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found:
            return found
    return None
