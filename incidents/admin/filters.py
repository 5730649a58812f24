"""Filters that ask what wants doing."""

from core.admin.question_filter import QuestionFilter
from incidents import review


class OpenFilter(QuestionFilter):
    title = "state"
    parameter_name = "state"
    questions = (("open", "Open", lambda day: review.incidents_open()),)
