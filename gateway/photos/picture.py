"""Picture: makes of what was uploaded a photo that holds nothing but what is to be seen on it.

What was sent is decoded and drawn anew: position, device and time (EXIF, XMP), comments and whatever else a
file can carry beside its pixels stay behind.
"""

from __future__ import annotations

import io
from typing import IO

from PIL import Image, ImageOps

from gateway.http.errors import HttpError
from schema.core.errors import Code

MOST_PIXELS = {"JPEG": 50_000_000, "PNG": 25_000_000, "WEBP": 16_000_000}
"""What telephones take, and what decoding may take of memory: 100 MB, 160 MB and 250 MB of so many."""
LONGEST_SIDE = 2_560
"""Pixels; larger ones are made smaller."""
_QUALITY = 85
_FORMATS = {b"image/jpeg": "JPEG", b"image/png": "PNG", b"image/webp": "WEBP"}
_BEGINS = {"JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG\r\n\x1a\n", "WEBP": b"RIFF"}

# The size is held to our own limit before anything is decoded.
Image.MAX_IMAGE_PIXELS = None


def check_media(media: bytes) -> str:
    """Give the format of a media type; 415 for one that is no photo's."""
    found = _FORMATS.get(media)
    if found is None:
        raise _unsupported("A photo is sent as image/jpeg, image/png or image/webp.")
    return found


def redrawn(body: bytes, format_: str) -> bytes:
    """Give a photo as a JPEG with nothing beside its pixels; HttpError where it is none. Takes a while."""
    webp = format_ != "WEBP" or body[8:12] == b"WEBP"
    if not (body.startswith(_BEGINS[format_]) and webp):
        raise _unsupported("The body is not of the type that Content-Type names.")
    try:
        with Image.open(io.BytesIO(body), formats=[format_]) as image:
            width, height = image.size
            most = MOST_PIXELS[format_]
            if width * height > most:
                sentence = f"Such a photo has at most {most // 1_000_000} megapixels."
                raise HttpError(413, Code.PAYLOAD_TOO_LARGE, sentence)
            return _jpeg(image)
    except HttpError:
        raise
    except Exception:
        # Decoders raise what they please, and their words may quote the file.
        raise HttpError(400, Code.BAD_REQUEST, "The photo cannot be read; it may be damaged.") from None


def _jpeg(image: Image.Image) -> bytes:
    # Decodes a large JPEG at a fraction of its size where that will do.
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    # Before anything else is made of it: a copy of the whole would be as large again.
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    drawn = ImageOps.exif_transpose(image).convert("RGBA")
    plain = Image.new("RGB", drawn.size, "white")
    plain.paste(drawn, mask=drawn.getchannel("A"))
    written: IO[bytes] = io.BytesIO()
    plain.save(written, "JPEG", quality=_QUALITY, optimize=True)
    written.seek(0)
    return written.read()


def _unsupported(sentence: str) -> HttpError:
    return HttpError(415, Code.UNSUPPORTED_MEDIA_TYPE, sentence)
