"""What is remembered for the length of one request, so that it is asked of the database once."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass
class RequestMemory:
    """What a request has learned so far; `actor_id` says who acts in it now: row security shows each actor its own."""

    actor_id: Any = None
    values: dict[Hashable, Any] = field(default_factory=dict)


_memory: ContextVar[RequestMemory | None] = ContextVar("whitecross_request_memory", default=None)


def request_memory() -> RequestMemory | None:
    """The memory of the request that runs; None outside one, and where somebody else acts for a while within it."""
    return _memory.get()


@contextmanager
def remembering(memory: RequestMemory | None) -> Iterator[None]:
    """Use this memory in the block; with None nothing is remembered in it."""
    token = _memory.set(memory)
    try:
        yield
    finally:
        _memory.reset(token)
