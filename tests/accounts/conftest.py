from contextlib import contextmanager

import pytest
from django.core import mail

from accounts import outbox
from tests.admin.conftest import administrator, client_as, nurse

__all__ = ["administrator", "client_as", "nurse"]


@pytest.fixture
def letters(monkeypatch, django_capture_on_commit_callbacks):
    """Letters are written and sent where the test can see what they are about: in its own transaction, at once.

    `with letters() as sent:` - the e-mails that the block leads to. What is left out is the thread alone; the tests
    that commit have it (`test_invitations_in_the_browser.py`).
    """

    def at_once(letter, arguments):
        written = outbox.write(letter, *arguments)
        if written is not None:
            written.send()

    monkeypatch.setattr(outbox, "_hand_over", at_once)

    @contextmanager
    def sending():
        before = len(mail.outbox)
        sent: list = []
        with django_capture_on_commit_callbacks(execute=True):
            yield sent
        sent.extend(mail.outbox[before:])

    return sending
