"""What DEBUG shows of an error: where it happened. Django's own page shows every variable, and so every record."""

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter

from whitecross.safe_traceback import safe_traceback


class DiscreetExceptionReporter(ExceptionReporter):
    """Reports an error without variables, texts, settings, cookies and what was posted."""

    def get_traceback_html(self) -> SafeString:
        return format_html(
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Error | White Cross</title></head>'
            "<body><h1>Something went wrong</h1><pre>{}</pre></body></html>",
            self._text(),
        )

    def get_traceback_text(self) -> SafeString:
        return SafeString(self._text())  # sent as text/plain

    def _text(self) -> str:
        return safe_traceback(self.exc_value) if self.exc_value is not None else "No error is known."
