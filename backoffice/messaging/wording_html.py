"""The HTML of a message, derived from its plain text when a wording is compiled.

A blank line starts a paragraph. A paragraph that is only {voucher_code} becomes a boxed code; one that is only
{order_url}, or "Label: {order_url}", becomes a button. Styles are inline, nothing is loaded from elsewhere, and no
background is set except the button's, so that a mail program's dark mode keeps its own colours.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from backoffice.messaging.wording_values import STYLES, Kind, Placeholder, escape, join

Shown = Mapping[str, tuple[str, ...]]
Writer = Callable[[Shown], str]
Piece = str | Writer

_FONT = "font:16px/1.55 -apple-system,'Segoe UI',Roboto,'PingFang SC','PingFang TC','Microsoft YaHei',Arial,sans-serif"
_HEAD = (
    '<!doctype html>\n<html lang="{lang}" dir="ltr" style="color-scheme:light dark"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
    "<title>"
)
_BODY = (
    '</title></head>\n<body style="margin:0;padding:0"><div role="article" style="max-width:560px;margin:0 auto;'
    f'padding:24px 16px;{_FONT};overflow-wrap:anywhere">\n'
)
_FOOT = "</div></body></html>\n"
_SHOP = '<p style="margin:0 0 24px;padding:0 0 12px;border-bottom:1px solid #999999;font-weight:600">{}</p>\n'
_PARAGRAPH = '<p style="margin:0 0 16px">{}</p>\n'
_BOX = (
    '<p style="margin:0 0 16px;padding:14px 16px;border:2px dashed #808080;border-radius:8px;text-align:center;'
    'font:600 20px/1.3 ui-monospace,Menlo,Consolas,monospace;letter-spacing:1px">{}</p>\n'
)
_BUTTON = (
    '<p style="margin:0 0 16px"><a href="{}" style="display:inline-block;padding:12px 20px;border-radius:8px;'
    'background-color:#1f5f8b;color:#ffffff;font-weight:600;text-decoration:none">{}</a></p>\n'
)
_URL = r"https?://[^\s<>{}\"'，。、；）」]+[^\s<>{}\"'，。、；）」.,;:!?)]"
_TOKEN = re.compile(rf"\{{([a-z_]+)\}}|({_URL})")
_LABELLED = re.compile(r"([^{}\n]+?)\s*[:：]\s*\{order_url\}")


def layout(text: str, registry: Mapping[str, Placeholder], language: str) -> Iterator[Piece]:
    """The document in order: fixed HTML, and writers for what differs from message to message.

    The writers read the values shown, with the finished subject among them as "subject".
    """
    yield _HEAD.format(lang=STYLES[language].html_lang)
    yield lambda shown: escape(shown["subject"][0])
    yield _BODY
    yield lambda shown: _SHOP.format(escape(shown["shop_name"][0])) if shown["shop_name"] else ""
    for paragraph in re.split(r"\n[ \t]*\n\s*", text.strip()):
        yield from _paragraph(paragraph.strip(), registry, language)
    yield _FOOT


def _paragraph(paragraph: str, registry: Mapping[str, Placeholder], language: str) -> Iterator[Piece]:
    labelled = _LABELLED.fullmatch(paragraph)
    if paragraph == "{voucher_code}":
        yield _boxes
    elif paragraph == "{order_url}":
        yield _buttons(STYLES[language].see_order)
    elif labelled:
        yield _buttons(labelled[1])
    elif paragraph:
        before, after = _PARAGRAPH.split("{}")
        yield before
        yield from _inline(paragraph, registry, language)
        yield after


def _boxes(shown: Shown) -> str:
    return "".join(map(_BOX.format, tuple(map(escape, shown["voucher_code"]))))


def _buttons(label: str) -> Writer:
    label = escape(label)

    def write(shown: Shown) -> str:
        links = tuple(map(escape, shown["order_url"]))
        if len(links) == 1:
            return _BUTTON.format(links[0], label)
        numbers = tuple(map(escape, shown["order_number"]))
        if len(numbers) != len(links):
            numbers = tuple(str(position) for position in range(1, len(links) + 1))
        labels = [f"{label} ({number})" for number in numbers]
        return "".join(map(_BUTTON.format, links, labels))

    return write


def _inline(paragraph: str, registry: Mapping[str, Placeholder], language: str) -> Iterator[Piece]:
    end = 0
    for token in _TOKEN.finditer(paragraph):
        yield _literal(paragraph[end : token.start()])
        name, link = token.groups()
        yield _value(registry[name], language) if name else _link(escape(link))
        end = token.end()
    yield _literal(paragraph[end:])


def _literal(text: str) -> str:
    return escape(text).replace("\n", "<br>\n")


def _link(url: str) -> str:
    return f'<a href="{url}" style="color:inherit">{url}</a>'


def _value(placeholder: Placeholder, language: str) -> Writer:
    """Names stand in <bdi>, so that a right-to-left name does not turn the sentence; links and codes show as such."""
    name = placeholder.name
    wrap: Callable[[str], str] = str
    if name == "customer_name":
        wrap = "<bdi>{}</bdi>".format
    elif name == "contact_email":
        wrap = '<a href="mailto:{0}" style="color:inherit">{0}</a>'.format
    elif placeholder.kind is Kind.URL:
        wrap = _link
    elif placeholder.kind is Kind.SECRET:
        wrap = "<strong>{}</strong>".format

    def write(shown: Shown) -> str:
        found = shown[name]
        if len(found) == 1:
            return wrap(escape(found[0]))
        return join_kind(tuple([wrap(escape(value)) for value in found]), placeholder, language, "<br>\n")

    return write


def join_kind(found: tuple[str, ...], placeholder: Placeholder, language: str, line_break: str) -> str:
    """Several values in one place. A link gets a line of its own: punctuation behind it would become part of it."""
    if len(found) == 1:
        return found[0]
    if placeholder.kind is Kind.URL:
        return line_break.join(found)
    if placeholder.name == "items":
        return STYLES[language].semicolon.join(found)
    return join(found, language)
