"""The incident command: the same services as the admin, as JSON, with the same refusals."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from backoffice.embedded import smtp_sink
from backoffice.kernel.models import Store
from customercare.incidents.models import Incident
from customercare.notices.models import Fanout
from customercare.vouchers.models import Voucher
from tests.conftest import Cast
from tests.customercare.notices import kit
from tests.customercare.notices.test_preview import late_order
from tests.factories import make_order

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(store: Store, cast: Cast) -> Store:
    kit.limits("admin")
    kit.limits("shop_manager", approve="100")
    kit.approved_macro()
    kit.budget(store)
    for number in ("A", "B", "C"):
        late_order(store, number=number, region="SP" if number != "C" else "RJ")
    make_order(store, number="D")
    return store


def incident(*words: str) -> dict[str, Any]:
    out = StringIO()
    call_command("incident", *words, "--json", stdout=out)
    return dict(json.loads(out.getvalue()))


DECLARE = ("declare", "--late-delivered", "date", "--macro", "arrived_late", "--voucher", "5", "--kind", "carrier")


def test_preview_counts_and_writes_nothing(shop: Store) -> None:
    found = incident("preview", "--late-delivered", "date", "--region", "SP")
    assert (found["affected"], found["told"], found["languages"]) == (2, 2, {"en": 2})
    assert Incident.objects.count() == 0


def test_one_declares_another_approves_and_everybody_is_told_once(shop: Store, settings: Any) -> None:
    settings.FANOUT_HOLD_SECONDS = 0
    waiting = incident(*DECLARE, "--as", "ada")
    assert (waiting["state"], waiting["audience"], waiting["sent"]) == ("awaiting_approval", 3, 0)
    with pytest.raises(CommandError, match="Another person must approve"):
        incident("approve", "--as", "ada")
    with smtp_sink.running() as sink:
        settings.SMTP_URL = f"smtp://127.0.0.1:{sink.port}"
        done = incident("approve", "--as", "milan", "--wait")
        assert sink.ledger.statistics() == {"messages": 3, "distinct": 3, "duplicates": 0}
        assert incident("status", "--wait")["sent"] == 3
    assert (done["state"], done["sent"], done["vouchers"]) == ("completed", 3, 3)
    assert (done["requested_by"], done["approved_by"]) == ("ada", "milan")
    assert Voucher.objects.count() == 3


def test_pause_resume_and_cancel(shop: Store) -> None:
    incident(*DECLARE, "--as", "ada")
    incident("approve", "--as", "milan")
    assert incident("pause", "--as", "ada")["state"] == "paused"
    assert incident("resume", "--as", "ada")["state"] == "holding"
    assert incident("cancel", "--as", "ada")["cancelled"] == 3


def test_a_drill_tells_nobody(shop: Store, settings: Any) -> None:
    settings.FANOUT_HOLD_SECONDS = 0
    incident(*DECLARE, "--mode", "drill", "--as", "ada")
    done = incident("approve", "--as", "milan", "--wait")
    assert done["waiting"] == 0
    assert list(Voucher.objects.values_list("drill", flat=True)) == [True] * 3


def test_a_list_of_orders_comes_from_a_file(shop: Store, tmp_path: Path) -> None:
    numbers = tmp_path / "orders.txt"
    numbers.write_text("A\nC\nA\n")
    assert incident("preview", "--orders", str(numbers))["affected"] == 2
    numbers.write_text("A\nNOPE\n")
    with pytest.raises(CommandError, match="do not exist here"):
        incident("preview", "--orders", str(numbers))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("preview",), "set at least one criterion"),
        (("preview", "--supplier", "NOBODY"), "No supplier here is called NOBODY"),
        (("preview", "--as-of", "2026-01-01", "--region", "SP"), "belongs to --overdue"),
        (("preview", "--orders", "/does/not/exist"), "No such file"),
        ((*DECLARE, "--as", "nobody"), "Say who decides"),
        ((*DECLARE, "--as", "agata"), "Your role may not"),
        ((*DECLARE[:3], "--macro", "unknown", "--as", "ada"), "No approved macro"),
        (("declare", "--late-delivered", "date", "--as", "ada"), "Choose a macro"),
        (("status",), "no such incident"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_writes_nothing(shop: Store, words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        incident(*words)
    assert Incident.objects.count() == Fanout.objects.count() == 0
    assert Voucher.objects.count() == 0


@pytest.mark.parametrize("typed", ["--voucher=much", "--from=yesterday", "--mode=maybe", "--late-delivered=hours"])
def test_an_option_that_cannot_be_read_is_refused(shop: Store, typed: str) -> None:
    with pytest.raises(CommandError):
        incident("preview", "--region", "SP", typed)
