"""What a person types into a search box, as a full-text query."""

import unicodedata

from django.contrib.postgres.search import SearchQuery

from core.database.functions import PUNCTUATION

# Words are parted where SearchWords parts them; a backslash would escape the quote that ends a word.
_PARTING = str.maketrans(dict.fromkeys([*PUNCTUATION, "\\", "\0"], " "))


def prefix_query(text: str) -> SearchQuery | None:
    """A query for rows that have, for each word typed, a word that begins with it: "smi jo" finds John Smith.

    Each word stands in quotes, so that PostgreSQL reads it with the parser that read the names. None if the text holds
    no word.
    """
    words = [word for word in unicodedata.normalize("NFC", text).translate(_PARTING).split() if _has_letter(word)]
    if not words:
        return None
    return SearchQuery(" & ".join(f"'{word}':*" for word in words), config="simple", search_type="raw")


def _has_letter(word: str) -> bool:
    return any(character.isalnum() for character in word)
