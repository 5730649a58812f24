"""A worker that answers whoever has knocked before it closes the door."""

from typing import Any

from gunicorn.workers.gthread import ThreadWorker


class DrainingWorker(ThreadWorker):
    """Gunicorn's worker with threads; when it stops, it first accepts all connections that the kernel has queued.

    Gunicorn's own stops accepting and keeps the listening socket open until its last answer is sent: whoever connects
    meanwhile is queued by the kernel, and cut off at the end without an answer. This one takes the queue over, answers
    it, and closes the socket at once, so that a later client is refused and knows that nothing was read.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                listener.setblocking(False)
                while self._accepts_one(listener):
                    pass
                listener.close()
            self.sockets: list[Any] = []

    def _accepts_one(self, listener: Any) -> bool:
        before = self.nr_conns
        self.accept(listener)
        return bool(self.nr_conns > before)
