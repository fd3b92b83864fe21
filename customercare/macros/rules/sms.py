"""What a text costs as text messages."""

from typing import Final

_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE: Final = frozenset("\f^{}\\[~]|€")


def sms_segments(text: str) -> int:
    """How many text messages this is paid for as: 160 GSM characters or 153 a part, else 70 UTF-16 units or 67 a part.

    A character of two units is never split between parts. The empty text is 0.
    """
    gsm = all(symbol in _GSM or symbol in _GSM_DOUBLE for symbol in text)
    single, part = (160, 153) if gsm else (70, 67)
    widths = [2 if (symbol in _GSM_DOUBLE if gsm else ord(symbol) > 0xFFFF) else 1 for symbol in text]
    if sum(widths) <= single:
        return 1 if text else 0
    segments, room = 1, part
    for width in widths:
        if width > room:
            segments, room = segments + 1, part
        room -= width
    return segments
