"""The documents that are written from models and migrations, and whether they are up to date."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from core.schema.data_model import data_model
from core.schema.index_list import index_list
from core.schema.losing import losing_list
from core.schema.markdown import DocumentationError

DATA_MODEL = Path("docs/data-model.md")
MIGRATIONS = Path("docs/migrations.md")
OPERATIONS = Path("docs/operations.md")

# What other apps write along: the document, its mark, and what stands there. Core depends on none of them.
FURTHER_PARTS: dict[Path, tuple[str, Callable[[], str]]] = {}


def outdated(root: Path | None = None) -> dict[Path, str]:
    """The documents that are not as the models would have them, each with what it should hold."""
    root = root or Path(settings.BASE_DIR)
    wanted = {
        DATA_MODEL: data_model(),
        MIGRATIONS: _with_list(root, MIGRATIONS, "indexes", index_list()),
        OPERATIONS: _with_list(root, OPERATIONS, "losing", losing_list()),
    }
    for path, (mark, part) in FURTHER_PARTS.items():
        wanted[path] = _with_list(root, path, mark, part())
    return {root / path: text for path, text in wanted.items() if _read(root / path) != text}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _with_list(root: Path, path: Path, name: str, content: str) -> str:
    """The page with the list between the two lines that name it."""
    first, last = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, begin, rest = _read(root / path).partition(first)
    _, end, after = rest.partition(last)
    if not (begin and end):
        raise DocumentationError(f"{path} should hold the lines {first} and {last}; the list goes between them.")
    return f"{before}{first}\n{content}{last}{after}"
