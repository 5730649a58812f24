"""The documents that are written from the models, and whether they are up to date."""

from pathlib import Path

from django.conf import settings

from core.schema.data_model import data_model
from core.schema.index_list import index_list
from core.schema.markdown import DocumentationError

DATA_MODEL = Path("docs/data-model.md")
MIGRATIONS = Path("docs/migrations.md")
BEGIN, END = "<!-- indexes:begin -->", "<!-- indexes:end -->"


def outdated(root: Path | None = None) -> dict[Path, str]:
    """The documents that are not as the models would have them, each with what it should hold."""
    root = root or Path(settings.BASE_DIR)
    wanted = {DATA_MODEL: data_model(), MIGRATIONS: _with_indexes(_read(root / MIGRATIONS))}
    return {root / path: text for path, text in wanted.items() if _read(root / path) != text}


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _with_indexes(text: str) -> str:
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise DocumentationError(f"{MIGRATIONS} should hold the lines {BEGIN} and {END}; the list goes between them.")
    return f"{before}{BEGIN}\n{index_list()}{END}{after}"
