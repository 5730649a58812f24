"""The documents that are written from the models, and whether they are up to date."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from core.schema.data_model import data_model
from core.schema.index_list import index_list
from core.schema.markdown import DocumentationError

DATA_MODEL = Path("docs/data-model.md")
MIGRATIONS = Path("docs/migrations.md")
BEGIN, END = "<!-- indexes:begin -->", "<!-- indexes:end -->"

# What other apps write along: the document, its mark, and what stands there. Core depends on none of them.
FURTHER_PARTS: dict[Path, tuple[str, Callable[[], str]]] = {}


def outdated(root: Path | None = None) -> dict[Path, str]:
    """The documents that are not as the models would have them, each with what it should hold."""
    root = root or Path(settings.BASE_DIR)
    wanted = {DATA_MODEL: data_model(), MIGRATIONS: _with_indexes(_read(root / MIGRATIONS))}
    for path, (mark, part) in FURTHER_PARTS.items():
        wanted[path] = _with(_read(root / path), path, part(), f"<!-- {mark}:begin -->", f"<!-- {mark}:end -->")
    return {root / path: text for path, text in wanted.items() if _read(root / path) != text}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _with_indexes(text: str) -> str:
    return _with(text, MIGRATIONS, index_list(), BEGIN, END)


def _with(text: str, path: Path, part: str, first: str, last: str) -> str:
    """The text of a document with a part of it written anew."""
    before, begin, rest = text.partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        raise DocumentationError(f"{path} should hold the lines {first} and {last}; the list goes between them.")
    return f"{before}{first}\n{part}{last}{after}"
