"""What a person types into a search box, as a full-text query."""

import re

from django.contrib.postgres.search import SearchQuery

_WORD = re.compile(r"[^\W_]+")


def prefix_query(text: str) -> SearchQuery | None:
    """A query for rows that have, for each word typed, a word that begins with it: "smi jo" finds John Smith.

    Words are parted where `core.database.functions.SearchWords` parts them. None if the text holds no word.
    """
    words = _WORD.findall(text)
    if not words:
        return None
    return SearchQuery(" & ".join(f"{word}:*" for word in words), config="simple", search_type="raw")
