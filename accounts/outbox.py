"""Send e-mail once what it speaks of is certain, and outside the time of the request."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.template.loader import render_to_string

from core.acting import become_nobody, declarations_until_the_end

logger = logging.getLogger(__name__)

# One: letters go one after the other. A process that ends sends first what still waits.
_sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")

Letter = Callable[..., EmailMultiAlternatives | None]


def send_later(letter: Letter, *arguments: Any) -> None:
    """After the commit, in another thread: write a letter, and send it if there is one.

    Whether there is somebody to write to is found out by `letter` too, so that the answer to a request takes as long
    for an address that nobody has.
    """
    transaction.on_commit(lambda: _hand_over(letter, arguments))


def letter_of(name: str, subject: str, address: str, context: dict[str, Any]) -> EmailMultiAlternatives:
    """A letter of the templates accounts/mail/<name>.txt and .html."""
    text = render_to_string(f"accounts/mail/{name}.txt", context)
    letter = EmailMultiAlternatives(subject, text, to=[address])
    letter.attach_alternative(render_to_string(f"accounts/mail/{name}.html", context), "text/html")
    return letter


def _hand_over(letter: Letter, arguments: tuple[Any, ...]) -> None:
    _sender.submit(_write_and_send, letter, arguments)


def _write_and_send(letter: Letter, arguments: tuple[Any, ...]) -> None:
    try:
        written = write(letter, *arguments)
        if written is not None:
            written.send()
    except Exception as error:  # nobody waits for the thread; the name of the error says no address
        logger.error("A letter could not be sent: %s in %s", type(error).__name__, letter.__name__)
    finally:
        connection.close()


def write(letter: Letter, *arguments: Any) -> EmailMultiAlternatives | None:
    """The letter, written by nobody in particular."""
    with declarations_until_the_end():
        become_nobody(source="outbox")
        return letter(*arguments)
