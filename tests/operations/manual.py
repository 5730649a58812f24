"""The commands of docs/operations.md, by the name that stands above each block."""

import re
from dataclasses import dataclass

from tests.scratch import ROOT

MANUAL = ROOT / "docs" / "operations.md"

_BLOCK = re.compile(
    r"^(?P<indent> *)(?:<!-- (?P<how>run|not run): (?P<name>[^\n]*?) -->\n)?(?P=indent)?```(?P<language>\w*)\n"
    r"(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """Commands as they stand in the manual."""

    name: str
    is_run: bool
    language: str
    text: str


def blocks() -> list[Block]:
    """All of them, in the order of the manual; one without a comment above it has no name."""
    return [
        Block(
            found["name"] or "",
            found["how"] == "run",
            found["language"],
            re.sub(rf"^{found['indent']}", "", found["text"], flags=re.MULTILINE),
        )
        for found in _BLOCK.finditer(MANUAL.read_text(encoding="utf-8"))
    ]


def block(name: str, **places: str) -> str:
    """The text of a block, with other paths or names in the places of the manual's."""
    (text,) = [found.text for found in blocks() if found.name == name and found.is_run]
    for place, value in places.items():
        where = _PLACES[place]
        assert where in text, f"{name} does not speak of {where}"
        text = text.replace(where, value)
    return text


_PLACES = {
    "program": "/srv/white-cross/",
    "backups": "/srv/backups",
    "files": "/srv/white-cross-files",
    "data": "/var/lib/postgresql/15/main",
    "moment": "2026-03-02 14:29:00+00",
    "database": "PGDATABASE=whitecross",
    "web": "whitecross_web",
    "manage": "uv run manage.py",
}
