"""A rules folder in, the rules that run out. One file per rule kind; a missing file means defaults."""

from pathlib import Path
from typing import Final

from alerts.base import Rule
from alerts.rules.base import RuleSettings
from alerts.rules.divergence import Divergence
from alerts.rules.focus_gap import FocusGap
from alerts.rules.silence import Silence
from alerts.rules.standards_gap import StandardsGap
from alerts.rules.surge import Surge
from alerts.rules.unanswered import Unanswered
from minsheng.errors import ConfigError
from minsheng.strict import nearest, read_yaml

RuleKind = type[Divergence] | type[Surge] | type[Silence] | type[Unanswered] | type[StandardsGap] | type[FocusGap]

RULES: Final[dict[str, RuleKind]] = {
    kind.name: kind for kind in (Divergence, Surge, Silence, Unanswered, StandardsGap, FocusGap)
}
"""Every rule kind by name. A new rule is one module and one name here."""

__all__ = ["RULES", "RuleSettings", "default_rules", "load_rules"]


def default_rules() -> list[Rule]:
    """Return every rule with its defaults."""
    return [kind() for kind in RULES.values()]


def load_rules(folder: Path) -> list[Rule]:
    """Read ``<rule>.yml`` of the rules folder; leave out rules that are switched off.

    Raises:
        ConfigError: A file is named after no rule, two files are named after one, or a key or value is wrong.
    """
    files: dict[str, Path] = {}
    for path in sorted(p for p in folder.glob("*") if p.suffix in {".yml", ".yaml"} and not p.name.startswith(".")):
        if path.stem not in RULES:
            raise ConfigError(f"{path}: no rule {path.stem!r}; {nearest(path.stem, list(RULES))}")
        if path.stem in files:
            raise ConfigError(f"{path}: rule {path.stem!r} has a file already: {files[path.stem].name}; keep one")
        files[path.stem] = path
    rules = [read_yaml(files[name], kind) if name in files else kind() for name, kind in RULES.items()]
    return [rule for rule in rules if rule.enabled]
