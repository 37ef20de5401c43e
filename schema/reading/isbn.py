"""ISBN: one number in its two forms, with the hyphens and blanks that people type taken out."""

from __future__ import annotations

import unicodedata


def isbn_forms(text: str) -> tuple[str, ...]:
    """Give every form of a valid ISBN, 13 digits first, without hyphens; none if it is not valid.

    Full-width digits and any kind of dash are taken as what they mean.
    """
    digits = "".join(
        character
        for character in unicodedata.normalize("NFKC", text).upper()
        if not character.isspace() and unicodedata.category(character) != "Pd"
    )
    if not digits.isascii():
        return ()
    if len(digits) == 13 and digits.isdecimal() and digits[-1] == _check13(digits[:12]):
        if digits.startswith("978"):
            return digits, digits[3:12] + _check10(digits[3:12])
        return (digits,)
    if len(digits) == 10 and digits[:9].isdecimal() and digits[-1] == _check10(digits[:9]):
        core = "978" + digits[:9]
        return core + _check13(core), digits
    return ()


def _check13(core: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(core))
    return str(-total % 10)


def _check10(core: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), core, strict=True))
    return "0123456789X"[-total % 11]
