"""The photographs of students, small enough for a card. They have no address of their own: a page carries them."""

import base64
import io

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage
from PIL import Image, ImageOps

from core.models import Student

MOST_BYTES = 15 * 1024 * 1024
# The box on the card is 1 by 1.25 inches; 240 dots per inch are enough for a face.
PIXELS = (240, 300)


def photograph(student: Student) -> bytes | None:
    """The student's photograph as a small JPEG; None if there is none, or none that can be read."""
    if not student.photo:
        return None
    try:
        with default_storage.open(student.photo) as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            return None
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "GIF")) as image:
            image.draft("RGB", PIXELS)
            upright = ImageOps.exif_transpose(image).convert("RGB")
    # Whatever ails a file, the card must come: a card without a photograph says so.
    except (OSError, ValueError, SyntaxError, SuspiciousFileOperation, Image.DecompressionBombError):
        return None
    small = io.BytesIO()
    ImageOps.fit(upright, PIXELS).save(small, "JPEG", quality=80)
    return small.getvalue()


def data_url(jpeg: bytes) -> str:
    """The photograph as an address that holds it."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
