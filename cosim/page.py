"""The report: one page, a section for each study that has run, the headline table over all.

A study leaves its sections in ``build/report/sections/`` (`write`); ``python -m cosim.page`` makes
``build/report/index.html`` of what is there, and says what makes the rest.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from tabulate import tabulate

from cosim.jobs import sources
from tb.sim import ROOT

REPORT = ROOT / "build" / "report"
SECTIONS = REPORT / "sections"
TEMPLATE = "page.html.j2"

# The order on the page, and the command that makes each.
ORDER = {
    "accuracy": "make cosim-codec",
    "compression": "make cosim-codec",
    "prefetch": "make cosim-prefetch",
    "memory": "make cosim-memory",
    "system": "make cosim-system",
    "coherence": "make bench",
    "serving": "make serving",
    "speed": "make bench",
}


@dataclass(frozen=True)
class Claim:
    """A row of the headline table: what the paper says, what is so, on what basis."""

    claim: str
    paper: str
    ours: str
    basis: str


@dataclass(frozen=True)
class Section:
    """A part of the page.  plot: an SVG element; `key` changes with sources and settings."""

    name: str
    title: str
    text: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    plot: str
    claims: Sequence[Claim] = ()
    key: str = field(default_factory=lambda: key())

    @property
    def command(self) -> str:
        return ORDER[self.name]


def key() -> str:
    """Of the sources and of the settings that commands take from the environment."""
    settings = {name: os.environ.get(name, "") for name in ("MODEL", "SCALE")}
    return hashlib.sha256(f"{sources()}{settings}".encode()).hexdigest()


def write(section: Section) -> None:
    """Keep a section; it appears whole or not at all."""
    SECTIONS.mkdir(parents=True, exist_ok=True)
    path = SECTIONS / f"{section.name}.json"
    scratch = path.with_suffix(".part")
    scratch.write_text(json.dumps(asdict(section), indent=1) + "\n")
    scratch.replace(path)


def read(name: str) -> Section | None:
    """The section that is there; None if there is none or it is damaged."""
    path = SECTIONS / f"{name}.json"
    try:
        kept = json.loads(path.read_bytes())
        claims = [Claim(**claim) for claim in kept.pop("claims")]
        return Section(**kept, claims=claims)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        print(f"{path}: damaged ({error}); `{ORDER[name]}` makes it anew", file=sys.stderr)
        return None


def render() -> Path:
    """Write the page of all sections that are there.  Returns its path."""
    found = {name: read(name) for name in ORDER}
    sections = [section for section in found.values() if section]
    claims = [claim for section in sections for claim in section.claims]
    missing = [(name, ORDER[name]) for name, section in found.items() if section is None]
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True
    )
    html = environment.get_template(TEMPLATE).render(
        sections=sections,
        claims=claims,
        missing=missing,
        stale=[section.name for section in sections if section.key != key()],
    )
    REPORT.mkdir(parents=True, exist_ok=True)
    path = REPORT / "index.html"
    path.write_text(html)
    rows = [(claim.claim, claim.paper, claim.ours) for claim in claims]
    print(tabulate(rows, headers=("", "paper", "ours"), disable_numparse=True))
    for name, command in missing:
        print(f"not in the report: {name} (`{command}`)")
    print(f"\nreport: {path.relative_to(ROOT)}")
    return path


if __name__ == "__main__":
    render()
