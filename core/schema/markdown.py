"""What the written parts of the documentation have in common."""

COMMAND = "uv run manage.py document_schema"


class DocumentationError(Exception):
    """A document cannot be written; the message says what is missing."""


def table_row(*cells: str) -> str:
    """A row of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
