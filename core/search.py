"""What a person types into a search box, as a full-text query."""

import re
import unicodedata

from django.contrib.postgres.search import SearchQuery

from core.database.functions import ACCENTS, PUNCTUATION, STROKED_LETTERS

# Words are parted where SearchWords parts them; a backslash would escape the quote that ends a word.
_PLAIN = str.maketrans(dict(zip(*STROKED_LETTERS, strict=True)) | dict.fromkeys([*PUNCTUATION, "\\", "\0"], " "))
_ACCENT = re.compile(f"[{ACCENTS}]")


def prefix_query(text: str) -> SearchQuery | None:
    """A query for rows that have, for each word typed, a word that begins with it: "smi jo" finds John Smith.

    Accents do not count. Each word stands in quotes, so that PostgreSQL reads it with the parser that read the names.
    None if the text holds no word.
    """
    plain = _ACCENT.sub("", unicodedata.normalize("NFKD", text)).translate(_PLAIN)
    words = [word for word in plain.split() if _has_letter(word)]
    if not words:
        return None
    return SearchQuery(" & ".join(f"'{word}':*" for word in words), config="simple", search_type="raw")


def _has_letter(word: str) -> bool:
    return any(character.isalnum() for character in word)
