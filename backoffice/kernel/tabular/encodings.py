"""What a file is by its first bytes, and how its text is encoded."""

import codecs
import re
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from backoffice.kernel.errors import Refusal

_CHUNK = 1 << 20
_SAMPLE_RUNS = 20_000
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_FOREIGN = (
    (b"PK\x03\x04", gettext_noop("a zip archive or an Excel workbook")),
    (b"PK\x05\x06", gettext_noop("an empty zip archive")),
    (b"\xd0\xcf\x11\xe0", gettext_noop("an old Excel workbook")),
    (b"%PDF", gettext_noop("a PDF document")),
    (b"\x1f\x8b", gettext_noop("a gzip archive")),
    (b"7z\xbc\xaf", gettext_noop("a 7-Zip archive")),
    (b"Rar!", gettext_noop("a RAR archive")),
    (b"\x89PNG", gettext_noop("a picture")),
    (b"\xff\xd8\xff", gettext_noop("a picture")),
    (b"GIF8", gettext_noop("a picture")),
    (b"PAR1", gettext_noop("a Parquet file")),
    (b"SQLite format 3", gettext_noop("a database")),
    (b"\x7fELF", gettext_noop("a program")),
    (b"MZ\x90", gettext_noop("a program")),
)
_MARKUP = re.compile(rb"\s*<(!doctype|html|\?xml|svg|script)", re.IGNORECASE)
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")


def refuse_foreign(path: Path, label: str) -> None:
    """Refuse (file.foreign) what is no table, whatever its name says; the file is not opened any further."""
    with path.open("rb") as stream:
        head = stream.read(512)
    kind = next((kind for magic, kind in _FOREIGN if head.startswith(magic)), "")
    if not kind and _MARKUP.match(head.removeprefix(codecs.BOM_UTF8)):
        kind = gettext_noop("a web page or XML")
    if kind:
        raise Refusal(
            "file.foreign",
            _("%(file)s is %(kind)s, not a CSV table. Open it and save it as CSV (UTF-8).")
            % {"file": label, "kind": _(kind)},
        )


def detect_encoding(path: Path, declared: str, label: str) -> str:
    """Return the codec to read the file with; declared "auto" looks at the bytes.

    Raises Refusal (file.encoding) when the bytes fit no encoding, or two equally well.
    """
    with path.open("rb") as stream:
        head = stream.read(4)
    for mark, codec in _BOMS:
        if head.startswith(mark):
            return codec
    if declared != "auto":
        return declared if declared != "utf-16" else "utf-16-le"
    # ASCII text in UTF-16 has a zero in every second byte; any other zero is damage, told later with its line.
    if len(head) == 4 and head[1] == head[3] == 0:
        return "utf-16-le"
    if len(head) == 4 and head[0] == head[2] == 0:
        return "utf-16-be"
    if _decodes(path, "utf-8"):
        return "utf-8"
    return _by_bytes(path, label)


def _decodes(path: Path, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _by_bytes(path: Path, label: str) -> str:
    """Chinese in GB18030 comes in pairs of high bytes; Polish in Windows-1250 in single ones between ASCII letters."""
    with path.open("rb") as stream:
        runs = [len(run) for run in _HIGH_RUN.findall(stream.read(_CHUNK))[:_SAMPLE_RUNS]]
    single = sum(1 for length in runs if length == 1)
    if runs and single * 20 <= len(runs) and _decodes(path, "gb18030"):
        return "gb18030"
    if runs and single * 3 >= len(runs) * 2 and _decodes(path, "windows-1250"):
        return "windows-1250"
    raise Refusal(
        "file.encoding",
        _(
            "The encoding of %(file)s cannot be told. "
            "Save it as UTF-8, or set encoding in the preset to gb18030 or windows-1250."
        )
        % {"file": label},
    )
