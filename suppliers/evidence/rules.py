"""What an uploaded file is, judged by its content, and how its name may be shown. Pure."""

import codecs
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from io import BytesIO
from typing import Final

LARGEST: Final = 10 * 1024 * 1024
# What a form sends around a file: its other fields and the lines between them.
ENVELOPE: Final = 256 * 1024
LONGEST_NAME = 120
MOST_PARTS = 5_000
_LOOKS_LIKE_MARKUP = re.compile(rb"<\s*(?:!doctype|html|svg|script|\?xml|body|head|iframe|xsl)", re.IGNORECASE)
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_NOT_IN_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
# Tried in this order; the last ones read any bytes, so control characters are looked for afterwards.
_ENCODINGS = ("utf-8-sig", "gb18030", "cp1250")
_WIDE = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class FileType:
    """One type that is kept. endings: those that a name of this type may have, its usual one first."""

    code: str
    mime: str
    endings: tuple[str, ...]


TYPES: Final = {
    one.code: one
    for one in (
        FileType("pdf", "application/pdf", ("pdf",)),
        FileType("png", "image/png", ("png",)),
        FileType("jpeg", "image/jpeg", ("jpg", "jpeg")),
        FileType("webp", "image/webp", ("webp",)),
        FileType("text", "text/plain; charset=utf-8", ("txt", "csv", "tsv", "md", "log")),
        FileType("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",)),
        FileType("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",)),
    )
}


class Refused(ValueError):
    """A file that is not kept. code: why."""

    def __init__(self, code: str, said: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.said = said


def judge(content: bytes, name: str) -> tuple[FileType, str]:
    """The type of a file and the name to show. Raises Refused (file.empty, large, type, ending).

    A name whose ending promises another type than the content has is refused: it would mislead who opens the file.
    """
    if not content:
        raise Refused("file.empty")
    if len(content) > LARGEST:
        raise Refused("file.large")
    found = TYPES[_type_of(content)]
    shown = clean_name(name)
    stem, dot, ending = shown.rpartition(".")
    if dot and stem and re.fullmatch(r"[A-Za-z0-9]{1,8}", ending):
        if ending.lower() not in found.endings:
            raise Refused("file.ending", f"{found.endings[0].upper()}, .{ending}")
        return found, shown
    return found, f"{shown}.{found.endings[0]}"


def clean_name(name: str) -> str:
    """The last part of a path, without direction marks and characters that nobody sees; never empty."""
    last = re.split(r"[/\\]", name.replace("\x00", ""))[-1]
    seen = "".join(one for one in unicodedata.normalize("NFC", _BIDI.sub("", last)) if not _hidden(one))
    plain = re.sub(r"[<>:\"|?*;%]+", "_", " ".join(seen.split())).strip(" .")
    if not plain:
        return "file"
    stem, dot, ending = plain.rpartition(".")
    room = LONGEST_NAME - len(ending) - 1
    if len(plain) <= LONGEST_NAME:
        return plain
    return f"{stem[:room]}.{ending}" if dot and room > 1 else plain[:LONGEST_NAME]


def _hidden(one: str) -> bool:
    return unicodedata.category(one) in _UNSEEN


def _type_of(content: bytes) -> str:
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "webp"
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    return _text(content)


def _office(content: bytes) -> str:
    """A workbook or a document, by what its archive holds; with macros it is neither."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = {one.filename for one in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as wrong:
        raise Refused("file.type") from wrong
    if len(names) > MOST_PARTS or "[Content_Types].xml" not in names or any("vbaProject" in one for one in names):
        raise Refused("file.type")
    for code, part in (("xlsx", "xl/workbook.xml"), ("docx", "word/document.xml")):
        if part in names:
            return code
    raise Refused("file.type")


def _text(content: bytes) -> str:
    """Plain text in an encoding of ours; whatever a browser could take for a page or a drawing is none."""
    start = content[:4_096]
    if _LOOKS_LIKE_MARKUP.search(start) or b"%PDF-" in start[:1_024]:
        raise Refused("file.type")
    text = _decoded(content)
    if text is None or text.lstrip("\ufeff \t\r\n").startswith("<") or _NOT_IN_TEXT.search(text):
        raise Refused("file.type")
    return "text"


def _decoded(content: bytes) -> str | None:
    encodings = next(((code,) for mark, code in _WIDE if content.startswith(mark)), _ENCODINGS)
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
