"""Nurses at work: they open charts and write vital signs, each with a mark of its own, and note what was answered."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from demo.logins import login_of
from tests.deployment.clusters import Cluster
from tests.deployment.serving import HOST
from tests.deployment.visitor import Answer, LostError, RefusedError, Visitor


@dataclass(frozen=True)
class Turn:
    """A request that somebody listened to, and its answer."""

    began: float
    ended: float
    mark: str  # of what was sent to be written; empty for a page that was read
    answer: Answer


@dataclass
class Crowd:
    """Several nurses at once. Each stops when nobody listens any more, or when told."""

    port: int
    name: str
    visitors: list[Visitor] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    refused: int = 0
    _threads: list[threading.Thread] = field(default_factory=list)
    _end: threading.Event = field(default_factory=threading.Event)

    def enter(self, number: int) -> None:
        """Log in so many nurses, and find a student's chart."""
        self.visitors = [Visitor(self.port, HOST) for _ in range(number)]
        for visitor in self.visitors:
            visitor.log_in(login_of("NURSE"))
        self.charts = self.visitors[0].get("/admin/core/student/").links("/chart/")

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let them work until the block ends, and wait until the last has its answer."""
        for number, visitor in enumerate(self.visitors):
            thread = threading.Thread(target=self._work, args=(visitor, number))
            self._threads.append(thread)
            thread.start()
        try:
            yield
        finally:
            self.finish()

    def finish(self) -> None:
        """Tell them to stop, and wait until the last has its answer."""
        self._end.set()
        for thread in self._threads:
            thread.join()

    def number_written(self) -> int:
        """How many were told so far that what they sent is saved."""
        return sum(turn.answer.status == 302 for turn in list(self.turns))

    def written(self, cluster: Cluster) -> dict[str, int]:
        """How often each mark is in the database."""
        return dict(
            cluster.execute(
                "postgres", f"SELECT notes, count(*) FROM vital_signs WHERE notes LIKE '{self.name}-%' GROUP BY notes"
            )
        )

    def without_entry(self, cluster: Cluster) -> int:
        """How many rows of theirs have not exactly one entry in the audit log."""
        return int(
            cluster.execute(
                "postgres",
                "SELECT count(*) FROM vital_signs WHERE notes LIKE "
                f"'{self.name}-%' AND 1 <> (SELECT count(*) FROM audit_logs WHERE entity_id = vital_signs.id "
                "AND entity_type = 'vital_signs' AND action = 'CREATE')",
            )[0][0]
        )

    def _work(self, visitor: Visitor, number: int) -> None:
        chart = self.charts[number % len(self.charts)]
        form = f"/admin/health/vitalsigns/add/?student={chart.split('/')[-3]}&_return=chart"
        for turn in itertools.count():
            if self._end.is_set():
                return
            mark = f"{self.name}-{number}-{turn}"
            try:
                self._ask("", visitor.get, chart)
                page = self._ask("", visitor.get, form)
                if page.status == 200:
                    fields = page.form("heart_rate") | {"heart_rate": "81", "notes": mark, "_save": "Save"}
                    self._ask(mark, visitor.post, form, fields)
            except RefusedError:
                self.refused += 1
                return
            except LostError as error:
                self.lost.append(f"{mark} {error}")
                return

    def _ask(self, mark: str, ask: Callable[..., Answer], *arguments: object) -> Answer:
        began = time.monotonic()
        answer = ask(*arguments)
        self.turns.append(Turn(began, time.monotonic(), mark, answer))
        return answer
