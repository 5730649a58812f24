"""Ages as people say them."""

import datetime


def age(born: datetime.date, today: datetime.date) -> int:
    """Years of age in full; somebody born on February 29 is a year older on March 1 of other years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
