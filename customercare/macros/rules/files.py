"""Macros from files: the form of the TOML, and every mistake in it at once."""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from backoffice.messaging import wording
from backoffice.messaging.problems import Problem, gettext_noop
from customercare.macros.rules.drafts import Kind, MacroDraft, Point, VariantDraft

_MACRO_FIELDS: Final[Mapping[str, type]] = {
    "key": str,
    "folder": str,
    "scenario": str,
    "owner_role": str,
    "needs_new_date": bool,
    "variants": dict,
}
_LANGUAGE_FIELDS: Final[Mapping[str, type]] = {"says": list, "offer": str, "closing": str, "main": dict}
_TEXT_FIELDS: Final[Mapping[str, type]] = {"subject": str, "text": str}
_TYPE_NAMES: Final = {str: "text", bool: "true or false", dict: "table", list: "list"}


def read_macro(source: str) -> tuple[MacroDraft | None, list[Problem]]:
    """A macro from a TOML file, or None and every problem of its form; `field` is the dotted place in the file.

    Whether the texts are good enough is `lint_macro`'s question.
    """
    try:
        data = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        message = gettext_noop("The file cannot be read: %(reason)s. Correct it and load it again.")
        return None, [Problem("macro.file", message, "", {"reason": str(error)})]
    problems = [*_form_problems(data, _MACRO_FIELDS, "")]
    if problems:
        return None, problems
    for language, block in data["variants"].items():
        problems += _language_form_problems(language, block)
    if problems:
        return None, problems
    variants = [variant for language, block in data["variants"].items() for variant in _variants(language, block)]
    heading = {name: data[name] for name in _MACRO_FIELDS if name != "variants"}
    return MacroDraft(**heading, variants=tuple(variants)), []


def _form_problems(
    table: Any, fields: Mapping[str, type], place: str, optional: Collection[str] = ()
) -> Iterator[Problem]:
    if not isinstance(table, dict):
        yield Problem("macro.form", gettext_noop("%(place)s is not a table."), place, {"place": place})
        return
    for name, kind in fields.items():
        where = f"{place}.{name}".lstrip(".")
        if not isinstance(table.get(name), kind):
            message = gettext_noop("%(place)s is missing or no %(kind)s. Set it.")
            yield Problem("macro.form", message, where, {"place": where, "kind": _TYPE_NAMES[kind]})
    for name in sorted(set(table) - set(fields) - set(optional)):
        where = f"{place}.{name}".lstrip(".")
        yield Problem("macro.extra", gettext_noop("%(place)s is not known. Delete it."), where, {"place": where})


def _language_form_problems(language: str, block: Any) -> Iterator[Problem]:
    place = f"variants.{language}"
    if language not in wording.LANGUAGES:
        message = gettext_noop("No customer language is called “%(language)s”. Use one of %(known)s.")
        known = ", ".join(wording.LANGUAGES)
        yield Problem("macro.language", message, place, {"language": language, "known": known})
    yield from _form_problems(block, _LANGUAGE_FIELDS, place, optional=(Kind.NEXT_UPDATE,))
    if not isinstance(block, dict):
        return
    says = block.get("says")
    for point in says if isinstance(says, list) else ():
        if point not in list(Point):
            message = gettext_noop("“%(point)s” is no point a text can make. Use some of %(known)s.")
            known = ", ".join(Point)
            yield Problem("macro.point", message, f"{place}.says", {"point": str(point), "known": known})
    for kind in Kind:
        if kind in block:
            yield from _form_problems(block[kind], _TEXT_FIELDS, f"{place}.{kind}")


def _variants(language: str, block: Mapping[str, Any]) -> Iterator[VariantDraft]:
    says = frozenset(Point(point) for point in block["says"])
    for kind in Kind:
        if kind in block:
            part = block[kind]
            yield VariantDraft(
                language=language,
                kind=kind,
                subject=part["subject"].strip(),
                text=part["text"].strip(),
                offer=block["offer"].strip(),
                closing=block["closing"].strip(),
                says=says,
            )
