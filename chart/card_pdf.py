"""Emergency cards as a PDF: one page of US Letter for each."""

import io
from collections.abc import Sequence
from xml.sax.saxutils import escape

from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import KeepInFrame, Paragraph

from chart import card_layout as layout
from chart.card import Section
from chart.card_layout import Card

_PHOTO = (72.0, 90.0)
_NO_LETTERS = "Some letters on this card are missing from the PDF's font: print it from the browser instead."


def cards_pdf(cards: Sequence[Card], *, printed: str, confidential: str) -> bytes:
    """The cards, in their order.

    Args:
        cards: as `card_layout.fitted` makes them.
        printed: when and by whom.
        confidential: what whoever holds the card must know.
    """
    layout.use_fonts()
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(layout.PAGE_WIDTH, layout.PAGE_HEIGHT), lang="en-US", pageCompression=1)
    canvas.setTitle("Emergency card" if len(cards) == 1 else "Emergency cards")
    canvas.setAuthor("White Cross")
    canvas.setCreator("White Cross")
    canvas.setSubject("")
    for card in cards:
        _head(canvas, card)
        _body(canvas, card.sections, card.size)
        _foot(canvas, card, printed, confidential)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def shortened_note(card: Card) -> str:
    """Which parts of the card say less than the record; "" for none."""
    if not card.shortened:
        return ""
    return f"SHORTENED to fit on one page: {', '.join(card.shortened)}. The full text is in the student's record."


def _head(canvas: Canvas, card: Card) -> None:
    top = layout.PAGE_HEIGHT - layout.MARGIN
    width, height = _PHOTO
    if card.photograph is not None:
        canvas.drawImage(ImageReader(io.BytesIO(card.photograph)), layout.MARGIN, top - height, width, height)
    else:
        canvas.setFont(layout.FONT, 7)
        canvas.drawCentredString(layout.MARGIN + width / 2, top - height / 2, "No photograph")
    canvas.setLineWidth(0.75)
    canvas.rect(layout.MARGIN, top - height, width, height)

    left = layout.MARGIN + width + 12
    name = ParagraphStyle("name", fontName=layout.BOLD, fontSize=card.name_size, leading=card.name_size * 1.15)
    about = layout.text_style(11)
    heading = ParagraphStyle("heading", fontName=layout.BOLD, fontSize=9, leading=13)
    lines = [
        Paragraph("EMERGENCY CARD", heading),
        Paragraph(escape(card.name), name),
        Paragraph(escape(card.born), about),
        Paragraph(escape(card.place), about),
    ]
    room = layout.PAGE_WIDTH - layout.MARGIN - left
    _draw_within(canvas, lines, (left, top), (room, height))


def _body(canvas: Canvas, sections: Sequence[Section], size: float) -> None:
    canvas.saveState()
    canvas.translate(layout.MARGIN, layout.PAGE_HEIGHT - layout.MARGIN - layout.HEAD_HEIGHT)
    y = 0.0
    for section in sections:
        y = _section(canvas, section, size, y)
    canvas.restoreState()


def _section(canvas: Canvas, section: Section, size: float, top: float) -> float:
    """Draw a section whose gap begins at `top`; returns where it ends."""
    inset = layout.BORDER + layout.PADDING if section.has_border else 0.0
    y = top - size * layout.SECTION_GAP - inset - size * layout.TITLE_SIZE * layout.TITLE_LEADING
    canvas.setFont(layout.BOLD, size * layout.TITLE_SIZE)
    canvas.drawString(inset, y + size * layout.TITLE_SIZE * 0.25, section.title.upper())
    canvas.setLineWidth(0.5)
    canvas.line(inset, y, layout.WIDTH - inset, y)
    y -= size * layout.TITLE_GAP
    for line in layout.paragraphs(section, size):
        _, high = line.wrap(layout.WIDTH - 2 * inset, layout.PAGE_HEIGHT)
        line.drawOn(canvas, inset, y - high)
        y -= high + size * layout.LINE_GAP
    y -= inset
    if section.has_border:
        half = layout.BORDER / 2
        canvas.setLineWidth(layout.BORDER)
        canvas.rect(half, y + half, layout.WIDTH - layout.BORDER, top - size * layout.SECTION_GAP - y - layout.BORDER)
    return y


def _foot(canvas: Canvas, card: Card, printed: str, confidential: str) -> None:
    canvas.setLineWidth(0.5)
    top = layout.MARGIN + layout.FOOT_HEIGHT - 4
    canvas.line(layout.MARGIN, top, layout.MARGIN + layout.WIDTH, top)
    notes = [shortened_note(card), "" if layout.has_letters_for(layout.all_text(card)) else _NO_LETTERS]
    small = ParagraphStyle("foot", fontName=layout.FONT, fontSize=7.5, leading=9.2)
    lines = [Paragraph(f"<b>{escape(note)}</b>", small) for note in notes if note]
    lines += [Paragraph(escape(confidential), small), Paragraph(escape(printed), small)]
    _draw_within(canvas, lines, (layout.MARGIN, top - 2), (layout.WIDTH, layout.FOOT_HEIGHT - 6))


def _draw_within(canvas: Canvas, lines: list[Paragraph], at: tuple[float, float], room: tuple[float, float]) -> None:
    """Draw lines below the point `at`, smaller if they need more than the room."""
    frame = KeepInFrame(*room, lines, mode="shrink")
    _, high = frame.wrapOn(canvas, *room)
    frame.drawOn(canvas, at[0], at[1] - high)
