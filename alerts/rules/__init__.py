"""A rules folder in, the rules that run out. One file per rule kind; a missing file means defaults."""

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from alerts.base import Rule
from alerts.rules.base import RuleSettings
from minsheng.errors import ConfigError
from minsheng.strict import nearest, read_yaml


def rule_kinds(places: Iterable[str]) -> dict[str, type[RuleSettings]]:
    """Return the rules of all modules in some folders of this package, by name.

    A new rule is one module here: whatever it defines as a ``RuleSettings`` with a ``name`` is a rule.
    """
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(places)]
    return {
        kind.name: kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, RuleSettings)
        and hasattr(kind, "name")
        and kind.__module__ == module.__name__
    }


RULES: Final[Mapping[str, type[RuleSettings]]] = rule_kinds(__path__)
"""Every rule kind by name."""

__all__ = ["RULES", "RuleSettings", "default_rules", "load_rules", "read_rule", "rule_kinds"]


def default_rules(kinds: Mapping[str, type[RuleSettings]] = RULES) -> list[Rule]:
    """Return every rule with its defaults."""
    return [kind() for kind in kinds.values()]


def load_rules(folder: Path, kinds: Mapping[str, type[RuleSettings]] = RULES) -> list[Rule]:
    """Read ``<rule>.yml`` of the rules folder; leave out rules that are switched off.

    Raises:
        ConfigError: A file is named after no rule, two files are named after one, or a key or value is wrong.
    """
    files: dict[str, Path] = {}
    for path in sorted(p for p in folder.glob("*") if p.suffix in {".yml", ".yaml"} and not p.name.startswith(".")):
        if path.stem not in kinds:
            raise ConfigError(f"{path}: no rule {path.stem!r}; {nearest(path.stem, list(kinds))}")
        if path.stem in files:
            raise ConfigError(f"{path}: rule {path.stem!r} has a file already: {files[path.stem].name}; keep one")
        files[path.stem] = path
    rules = [read_yaml(files[name], kind) if name in files else kind() for name, kind in kinds.items()]
    return [rule for rule in rules if rule.enabled]


def read_rule(name: str, folder: Path, kinds: Mapping[str, type[RuleSettings]] = RULES) -> RuleSettings:
    """Return one rule as the folder sets it, on or off.

    Raises:
        ConfigError: There is no such rule, or its file does not fit.
    """
    if name not in kinds:
        raise ConfigError(f"no rule {name!r}; {nearest(name, list(kinds))}")
    files = [path for ending in ("yml", "yaml") if (path := folder / f"{name}.{ending}").exists()]
    return read_yaml(files[0], kinds[name]) if files else kinds[name]()
