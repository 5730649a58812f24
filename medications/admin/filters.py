"""Filters that ask what wants doing."""

from core.admin.question_filter import QuestionFilter
from medications import stock


class StockFilter(QuestionFilter):
    title = "stock"
    parameter_name = "stock"
    questions = (("low", "At or below the minimum", lambda day: stock.medications_low()),)


class ExpiryFilter(QuestionFilter):
    title = "expiry"
    parameter_name = "expiry"
    questions = (
        ("expired", "Expired", stock.medications_expired),
        ("expiring", "Expires soon", stock.medications_expiring),
    )
