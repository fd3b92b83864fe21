"""The committed catalogues: compiled from their texts, and complete where a customer reads or a person logs in."""

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.utils import translation
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

from backoffice.kernel import formats, nav

ROOT: Path = settings.BASE_DIR
LOCALES = [to_locale(code) for code, _name in settings.LANGUAGES if code != "en"]
# Whatever a customer or an anonymous person may see; what these extend and include is followed.
PAGES = ("customercare/public/*.html", "suppliers/public/*.html", "[45][0-9][0-9]*.html", "registration/*.html")
_FOLLOW = re.compile(r"{% (?:extends|include) \"([^\"]+)\"")
_CALL = re.compile(r"gettext\((u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|'''.*?'''|\"\"\".*?\"\"\"))", re.DOTALL)
_HOLE = re.compile(r"%\(\w+\)[sd]")


def catalogue(locale: str) -> Catalog:
    with (ROOT / "locale" / locale / "LC_MESSAGES" / "django.po").open("rb") as source:
        return read_po(source)


def templates() -> list[Path]:
    folder = ROOT / "templates"
    todo = [path for pattern in PAGES for path in folder.glob(pattern)]
    found: list[Path] = []
    while todo:
        path = todo.pop()
        if path in found or not path.exists():
            continue
        found.append(path)
        todo += [folder / name for name in _FOLLOW.findall(path.read_text(encoding="utf-8"))]
    return sorted(found)


def strings_of(path: Path) -> Iterator[str]:
    """What a template hands to gettext."""
    code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    return (ast.literal_eval(found) for found in _CALL.findall(code))


def test_there_are_catalogues_for_every_language_but_english() -> None:
    assert LOCALES == ["zh_Hans", "zh_Hant", "pl"]
    assert {path.name for path in (ROOT / "locale").iterdir()} == set(LOCALES)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_compiled_catalogue_is_what_the_text_compiles_to(locale: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(locale))
    compiled.seek(0)

    with (ROOT / "locale" / locale / "LC_MESSAGES" / "django.mo").open("rb") as committed:
        assert _texts(read_mo(committed)) == _texts(read_mo(compiled)), "run manage.py compilemessages"


def _texts(compiled: Catalog) -> dict[object, object]:
    """Message to translation; which program compiled it does not matter."""
    return {_hashable(message.id): _hashable(message.string) for message in compiled if message.id}


def _hashable(text: object) -> object:
    return tuple(text) if isinstance(text, list) else text


@pytest.mark.parametrize("locale", LOCALES)
def test_every_string_of_a_page_without_login_is_translated(locale: str) -> None:
    known = {
        message.id if isinstance(message.id, str) else message.id[0] for message in catalogue(locale) if message.string
    }

    missing = {(path.name, text) for path in templates() for text in strings_of(path) if text not in known}

    assert missing == set()


@pytest.mark.parametrize("locale", LOCALES)
def test_the_menu_and_every_choice_are_translated(locale: str) -> None:
    known = {message.id for message in catalogue(locale) if message.string}

    assert len(choices()) > 80
    assert {text for text in (*menu(), *choices()) if text not in known} == set()


@pytest.mark.parametrize(
    ("language", "label", "sentence"),
    [
        ("pl", "Nazwa użytkownika", "Nazwa użytkownika i hasło nie pasują do siebie."),
        ("zh-hans", "用户名", "用户名与密码不符。"),
        ("zh-hant", "使用者名稱", "使用者名稱與密碼不符。"),
    ],
)
@pytest.mark.django_db
def test_whoever_logs_in_is_spoken_to_in_the_language_of_the_browser(language: str, label: str, sentence: str) -> None:
    client = Client(headers={"accept-language": language})

    assert label in client.get("/login/").content.decode()
    assert sentence in client.post("/login/", {"username": "nobody", "password": "wrong"}).content.decode()


def menu() -> list[str]:
    return [str(entry.label) for entry in nav.ordered()]


def choices() -> list[str]:
    """The words of all states, kinds and modes that models and lists know."""
    ours = [config for config in apps.get_app_configs() if Path(config.path).parent in (ROOT, ROOT / "backoffice")]
    fields = [field for config in ours for model in config.get_models() for field in model._meta.fields]
    return [str(label) for field in fields for value, label in field.choices or () if value]


def test_the_pages_without_login_are_found_with_what_they_include() -> None:
    names = {str(path.relative_to(ROOT / "templates")) for path in templates()}

    assert {"base_public.html", "customercare/public/order.html", "404.html", "registration/login.html"} <= names
    assert {"components/error_summary.html", "components/drill_band.html"} <= names


@pytest.mark.parametrize("locale", LOCALES)
def test_a_translation_fills_the_same_holes(locale: str) -> None:
    for message in catalogue(locale):
        source = message.id if isinstance(message.id, str) else message.id[0]
        said = [message.string or ""] if isinstance(message.string, str | None) else list(message.string)
        for text in said if source else ():
            assert sorted(_HOLE.findall(text)) == sorted(_HOLE.findall(source)), source


@pytest.mark.parametrize("locale", LOCALES)
def test_no_entry_is_empty_or_only_guessed(locale: str) -> None:
    wrong = [message.id for message in catalogue(locale) if message.id and (not message.string or message.fuzzy)]

    assert wrong == []


def test_traditional_chinese_is_a_text_of_its_own() -> None:
    simple, traditional = (
        "".join(str(message.string) for message in catalogue(locale) if message.id) for locale in ("zh_Hans", "zh_Hant")
    )

    assert set("订单优们这为发码") & set(traditional) == set()
    assert set("訂單優們這為發碼") & set(simple) == set()


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", ["1 day", "2 hours", "5 minutes", "22 seconds"]),
        ("pl", ["1 dzień", "2 godziny", "5 minut", "22 sekundy"]),
        ("zh-hans", ["1 天", "2 小时", "5 分钟", "22 秒"]),
        ("zh-hant", ["1 天", "2 小時", "5 分鐘", "22 秒"]),
    ],
)
def test_spans_of_time_take_the_plural_of_their_language(language: str, written: list[str]) -> None:
    with translation.override(language):
        assert [formats.duration(seconds) for seconds in (86_400, 7_200, 300, 22)] == written
