"""A card fills one page of US Letter, and never more: what there is to say decides how large and how fully it is said.

Heights are measured with the metrics of the font that both the PDF and the printed page use (DejaVu Sans Condensed,
which comes with the app), so that both need no second try. All lengths are points (1/72 inch).
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from django.utils.formats import date_format
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

from chart.ages import age
from chart.card import LEVELS, NAMES_ONLY, CardText, Line, Section, card_text
from chart.emergency_facts import EmergencyFacts
from core.models import Student

PAGE_WIDTH, PAGE_HEIGHT = LETTER
MARGIN = 28.8
WIDTH = PAGE_WIDTH - 2 * MARGIN
HEAD_HEIGHT = 98
FOOT_HEIGHT = 54
BODY_HEIGHT = PAGE_HEIGHT - 2 * MARGIN - HEAD_HEIGHT - FOOT_HEIGHT

FONT, BOLD = "DejaVuSansCondensed", "DejaVuSansCondensed-Bold"
_FONTS = Path(__file__).parent / "static" / "chart" / "fonts"

# Of the size of the text; cards.css says the same.
LEADING = 1.22
LINE_GAP = 0.22
TITLE_SIZE = 0.85
TITLE_LEADING = 1.15
TITLE_GAP = 0.22
SECTION_GAP = 0.6
BORDER = 2.0
PADDING = 5.0

# The browser breaks lines by the same widths, but rounds them, and its fonts may be the user's own.
_SLACK = 0.96

# Less than a letter's mean width, of its size: the mean of English text is 0.5.
_NARROW = 0.4

# First smaller letters, down to those of a newspaper; then fewer words; then the letters of a package insert.
_SIZES = (11.5, 10.5, 9.5, 9.0, 8.5, 8.0)
_ATTEMPTS = (
    *((0, size) for size in _SIZES),
    *((level, 8.0) for level in range(1, NAMES_ONLY)),
    *((level, 7.0) for level in range(6, NAMES_ONLY)),
    *((level, size) for level in range(NAMES_ONLY, len(LEVELS)) for size in (8.0, 7.0, 6.0)),
    *((len(LEVELS) - 1, size) for size in (5.0, 4.0)),
)


@dataclass(frozen=True, slots=True)
class Card:
    """A card that fits on its page."""

    student: Student
    born: str
    place: str
    photograph: bytes | None
    sections: tuple[Section, ...]
    shortened: tuple[str, ...]
    size: float  # of the letters of the body

    @property
    def name(self) -> str:
        """As people say it."""
        return f"{self.student.first_name} {self.student.last_name}"

    @property
    def name_size(self) -> float:
        """Size of the letters of the name: large, and less so for the longest."""
        use_fonts()
        room = WIDTH - 100
        wide = pdfmetrics.stringWidth(self.name, BOLD, 1)
        return next((size for size in (24.0, 20.0, 16.0) if wide * size <= room), 11.0)


def fitted(student: Student, facts: EmergencyFacts, today: datetime.date, photograph: bytes | None = None) -> Card:
    """A student's card, as fully and as largely as one page allows."""
    words, size = fit(facts, today)
    return Card(
        student=student,
        born=f"Born {date_format(student.date_of_birth, 'F j, Y')} (age {age(student.date_of_birth, today)})",
        place=", ".join(part for part in (student.get_grade_display(), _school(student)) if part),
        photograph=photograph,
        sections=words.sections,
        shortened=words.shortened,
        size=size,
    )


def fit(facts: EmergencyFacts, today: datetime.date) -> tuple[CardText, float]:
    """The words of a card and the size of its letters: the fullest and largest that one page holds."""
    words, level, size = card_text(facts, today), 0, 0.0
    for attempt, size in _ATTEMPTS:
        if attempt != level:
            words, level = card_text(facts, today, attempt), attempt
        if _fits(words.sections, size):
            # What the fewer words have left of the page goes to larger letters.
            larger = [more for more in _SIZES if more > size]
            return words, next((more for more in larger if _fits(words.sections, more)), size)
    while not _fits(words.sections, size):  # hundreds of allergies: hardly readable, but none is missing
        size *= 0.9
    return words, size


def _fits(sections: Sequence[Section], size: float) -> bool:
    room = BODY_HEIGHT * _SLACK
    return not _is_hopeless(sections, size) and body_height(sections, size) <= room


def _is_hopeless(sections: Sequence[Section], size: float) -> bool:
    """Whether the words are so many that measuring them is not worth the time: the letters alone need more room."""
    letters = sum(len(line.lead) + len(line.tag) + len(line.text) for section in sections for line in section.lines)
    return letters * _NARROW * size * size * LEADING > WIDTH * BODY_HEIGHT


def body_height(sections: Sequence[Section], size: float) -> float:
    """Height of the sections under one another, in letters of this size."""
    return sum(section_height(section, size) for section in sections)


def section_height(section: Section, size: float) -> float:
    """Height of one section with its title, and the gap before it."""
    width = WIDTH - (2 * (BORDER + PADDING) if section.has_border else 0)
    lines = sum(line.wrap(width, PAGE_HEIGHT)[1] + size * LINE_GAP for line in paragraphs(section, size))
    title = size * (TITLE_SIZE * TITLE_LEADING + TITLE_GAP)
    return size * SECTION_GAP + title + lines + (2 * (BORDER + PADDING) if section.has_border else 0)


def paragraphs(section: Section, size: float) -> list[Paragraph]:
    """The lines of a section."""
    style = text_style(size)
    return [
        Paragraph(_markup(line, f"{number}. " if section.is_numbered else ""), style)
        for number, line in enumerate(section.lines, start=1)
    ]


@cache
def text_style(size: float) -> ParagraphStyle:
    """Letters of this size; a word longer than the line is broken."""
    use_fonts()
    return ParagraphStyle(f"text {size}", fontName=FONT, fontSize=size, leading=size * LEADING, splitLongWords=1)


@cache
def use_fonts() -> None:
    """Make the app's own fonts known to ReportLab."""
    for name in (FONT, BOLD):
        pdfmetrics.registerFont(TTFont(name, str(_FONTS / f"{name}.ttf")))
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=BOLD, italic=FONT, boldItalic=BOLD)


def has_letters_for(text: str) -> bool:
    """Whether the font has every letter of the text. It has those of Europe and Vietnam, and no Chinese ones."""
    use_fonts()
    known = pdfmetrics.getFont(FONT).face.charToGlyph
    return all(ord(letter) in known for letter in text if not letter.isspace())


def all_text(card: Card) -> str:
    """Everything a card says, in one text."""
    lines = [part for section in card.sections for line in section.lines for part in (line.lead, line.tag, line.text)]
    return " ".join((card.name, card.place, *lines))


def _markup(line: Line, number: str) -> str:
    bold = f"{number}{line.bold}"
    return " ".join(part for part in (f"<b>{escape(bold)}</b>" if bold else "", escape(line.text)) if part)


def _school(student: Student) -> str:
    if student.school is None:
        return "no school at present"
    return f"{student.school.name}{f', {student.school.phone}' if student.school.phone else ''}"
