"""What a demo district is made from: the options, from which every row follows."""

import datetime
import hashlib
from dataclasses import dataclass
from random import Random

USUAL_STUDENTS = 3000
USUAL_SEED = 1


@dataclass(frozen=True)
class DemoPlan:
    """The options of a demo district. Equal plans give equal rows, keys included."""

    students: int
    seed: int
    as_of: datetime.date
    time_zone: str

    def __str__(self) -> str:
        return f"{self.seed}/{self.students}/{self.as_of}"

    def random(self, *scope: object) -> Random:
        """A source of chance of its own for a part of the work, so that no part depends on the order of the others."""
        name = "/".join(map(str, (self, *scope)))
        return Random(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=16).digest()))  # noqa: S311 - a demo


@dataclass(frozen=True)
class DemoMark:
    """What a loaded database says about the demo it holds, in the setting `demo.seed`."""

    seed: int
    students: int
    as_of: datetime.date

    def __str__(self) -> str:
        return f"{self.seed}/{self.students}/{self.as_of}"

    @classmethod
    def parse(cls, text: str) -> "DemoMark":
        """Read what `str(DemoPlan)` wrote."""
        seed, students, as_of = text.split("/")
        return cls(int(seed), int(students), datetime.date.fromisoformat(as_of))
