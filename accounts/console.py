"""Letters on the console, for development: as their reader sees them, so that a link can be followed."""

from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend as ConsoleBackend


class EmailBackend(ConsoleBackend):
    """Writes whom a letter is to, what it is about, and its text.

    Django writes what is sent, in which a long link is broken over lines with "=" between: nobody can follow it.
    """

    def write_message(self, message: EmailMessage) -> None:
        self.stream.write(f"To: {', '.join(message.to)}\nSubject: {message.subject}\n\n{message.body}\n{'-' * 79}\n")
