"""A folder in, a fresh deployment in it out."""

from pathlib import Path

import yaml

from minsheng.errors import ConfigError
from minsheng.settings import FILE_NAME, describe_settings

_HEAD = """\
# Settings of this Minsheng deployment. Every line shows a default; take the # away to change it.
# Environment variables win: MINSHENG_MAIL__HOST is mail.host. Passwords belong there, not here.
"""

_PROJECTS = """\
# The register: what is watched. Projects only, never people. docs/operate.md explains each key.
departments:
  - id: housing
    name: 住房和城乡建设局
    recipients: [liaison@housing.example]

projects:
  - id: renewal
    name: 老旧小区改造
    aliases: [旧改]
    region: 城东区
    department: housing
    type: estate
    phases:
      - {name: consultation, since: 2026-01-05, until: 2026-02-05}
      - {name: construction, since: 2026-03-01}
"""

_CLAIMS = """\
# What offices said of the projects. Only claims with `reviewed: true` are compared with comments.
claims:
  - id: renewal-satisfaction
    project: renewal
    text: 改造后居民满意率达95%
    kind: satisfaction      # satisfaction, completion, reply_rate, resolution, quality, polarity
    status: level           # level (is), delta (change), goal (aim)
    value: 95%
    source_url: https://www.example.gov/news/1
    publisher: 住房和城乡建设局
    date: 2026-06-01
    reviewed: false
"""


def init(folder: Path, contact: str = "") -> list[Path]:
    """Write a starter deployment; return the files made. ``contact`` is what crawlers tell the sites they read.

    Raises:
        ConfigError: There is one already; nothing is written.
    """
    if (folder / FILE_NAME).exists():
        raise ConfigError(f"{folder / FILE_NAME}: is there already; edit it, or choose another folder")
    texts = {
        folder / FILE_NAME: _HEAD + _settings(contact),
        folder / "projects" / "projects.yml": _PROJECTS,
        folder / "claims" / "claims.yml": _CLAIMS,
    }
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in ("sources", "rules", "evidence"):
        (folder / name).mkdir(exist_ok=True)
    return list(texts)


def _settings(contact: str) -> str:
    given = {"crawl.contact": contact} if contact else {}
    lines: list[str] = []
    group = ""
    for key, default, help_text in describe_settings():
        first, _, rest = key.partition(".")
        if rest and first != group:
            lines.append(f"{'' if any(name.startswith(f'{first}.') for name in given) else '# '}{first}:")
        group = first if rest else ""
        mark = "" if key in given else "# "
        value = _plain(given.get(key, default))
        lines.append(f"{mark}{'  ' if rest else ''}{rest or key}: {value}  # {help_text}")
    return "\n".join(lines) + "\n"


def _plain(default: object) -> str:
    value = list(default) if isinstance(default, tuple) else default
    shown = value if isinstance(value, str | int | float | bool | list | dict) else ""
    return yaml.safe_dump(shown, allow_unicode=True, default_flow_style=True).removesuffix("...\n").strip()
