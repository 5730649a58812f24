"""What the checklist says: a verdict, what was found, and what to do about it."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """How bad it is. A warning can be lived with; with a problem the migration fails or harms."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One line of the checklist. `advice` is empty where there is nothing to do."""

    check: str
    verdict: Verdict
    found: str
    advice: str = ""


def fine(check: str, found: str) -> Finding:
    """A line with nothing to do."""
    return Finding(check, Verdict.OK, found)


def warning(check: str, found: str, advice: str) -> Finding:
    """A line that somebody should know before going on."""
    return Finding(check, Verdict.WARNING, found, advice)


def problem(check: str, found: str, advice: str) -> Finding:
    """A line that must be mended before going on."""
    return Finding(check, Verdict.PROBLEM, found, advice)


@dataclass(frozen=True)
class Pending:
    """A migration that is not applied, with the lock that its docstring tells of."""

    name: str
    lock: str


@dataclass
class Report:
    """All lines of the checklist, and what `migrate` would do."""

    findings: list[Finding] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)

    def count(self, verdict: Verdict) -> int:
        """How many lines have this verdict."""
        return Counter(finding.verdict for finding in self.findings)[verdict]

    @property
    def is_fit(self) -> bool:
        """Whether `migrate` may run."""
        return self.count(Verdict.PROBLEM) == 0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "ok": self.is_fit,
            "findings": [asdict(finding) for finding in self.findings],
            "pending": [asdict(migration) for migration in self.pending],
        }
