"""A preset is data: every key is known, and a wrong one is named."""

from pathlib import Path

import pytest

from backoffice.kernel.errors import Refusal
from backoffice.kernel.tabular import layouts
from orders.intake import presets
from tests.orders.intake.kit import PRESETS

GOOD = """
[format]
zone = "Europe/Warsaw"
[files.orders]
path = "orders.csv"
[files.lines]
path = "lines-*.csv"
optional = true
[order]
file = "orders"
key = "id"
constants = { currency = "PLN" }
[order.columns]
external_id = "id"
placed_at = "placed"
state = "state"
total = "total"
[line]
file = "lines"
[line.columns]
sku = "sku"
quantity = "qty"
unit_price = "price"
[states]
new = "open"
"""


@pytest.mark.parametrize("path", sorted(PRESETS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_preset_is_good(path: Path) -> None:
    assert presets.load(path.stem, folder=PRESETS).name == path.stem


def test_a_preset_is_read_whole() -> None:
    preset = presets.parse(GOOD, name="small")
    assert preset.order.columns["placed_at"] == "placed"
    assert preset.line is not None
    assert preset.line.key == "id"
    assert preset.files[1].optional
    assert preset.zone == "Europe/Warsaw"


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('zone = "Europe/Warsaw"', 'zoen = "UTC"', "format.zoen"),
        ('zone = "Europe/Warsaw"', 'zone = "Warsaw/Europe"', "format.zone"),
        ('zone = "Europe/Warsaw"', 'zone = "../../etc/passwd"', "format.zone"),
        ('zone = "Europe/Warsaw"', 'encoding = "latin-1"', "format.encoding"),
        ('zone = "Europe/Warsaw"', 'separator = "::"', "format.separator"),
        ('zone = "Europe/Warsaw"', 'dates = "iso"', "format.dates"),
        ('zone = "Europe/Warsaw"', "dates = []", "format.dates"),
        ('zone = "Europe/Warsaw"', 'dates = ["%d %d"]', "format.dates"),
        ('zone = "Europe/Warsaw"', 'dates = ["%d.%m."]', "format.dates"),
        ('zone = "Europe/Warsaw"', 'dates = ["%"]', "format.dates"),
        ('zone = "Europe/Warsaw"', 'dates = ["day"]', "format.dates"),
        ('zone = "Europe/Warsaw"', "largest_quantity = 0", "format.largest_quantity"),
        ('zone = "Europe/Warsaw"', "largest_quantity = true", "format.largest_quantity"),
        ('path = "orders.csv"', 'path = "../orders.csv"', "files.orders.path"),
        ('path = "orders.csv"', "path = 1", "files.orders.path"),
        ('path = "orders.csv"', 'path = "a**b.csv"', "files.orders.path"),
        ('path = "orders.csv"', 'path = "a\\u0000.csv"', "files.orders.path"),
        ('path = "orders.csv"', 'path = ".env"', "files.orders.path"),
        ("optional = true", 'optional = "yes"', "files.lines.optional"),
        ("optional = true", "required = false", "files.lines.required"),
        ('file = "orders"', 'file = "order"', "order.file"),
        ('sku = "sku"', 'sku = "sku"\ncolour = "c"', "line.columns.colour"),
        ('sku = "sku"', "", "line.columns.sku"),
        ('total = "total"', "", "order.columns.total"),
        ('total = "total"', 'total = "total"\ncurrency = "cur"', "order.constants.currency"),
        ('new = "open"', 'new = "opened"', "states.new"),
        ("[states]", "[state]", "state"),
        ('key = "id"', "", "order.key"),
        ('key = "id"', 'key = "id"\ntemplates = { number = "{id" }', "order.templates.number"),
    ],
)
def test_a_wrong_key_is_named(old: str, new: str, field: str) -> None:
    assert old in GOOD
    with pytest.raises(Refusal, match=r".") as refused:
        presets.parse(GOOD.replace(old, new, 1), name="small")
    assert refused.value.field == field
    assert field in refused.value.message


@pytest.mark.parametrize("text", ["[order", "a = 1\na = 2", "[[[[[[["])
def test_what_is_no_toml_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="not correct TOML"):
        presets.parse(text, name="small")


@pytest.mark.parametrize("name", ["../settings", "nope", "", "Standfast", "a" * 300])
def test_only_shipped_names_are_found(name: str) -> None:
    with pytest.raises(Refusal, match="Use one of: standfast") as refused:
        presets.load(name, folder=PRESETS)
    assert refused.value.code == "preset.unknown"


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    for name in ("missing.toml", "binary.toml"):
        with pytest.raises(Refusal, match=name):
            presets.load(str(tmp_path / name), folder=PRESETS)


def test_a_template_is_filled_in_one_pass() -> None:
    assert layouts.filled("{a}-{b}", {"a": "{b}", "b": "2"}) == "{b}-2"
