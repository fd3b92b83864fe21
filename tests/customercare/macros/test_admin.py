"""The macro library: agents write drafts, managers publish, and what was typed is neither lost nor executed."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.kernel.models import Store
from backoffice.kernel.roles import Role
from customercare.macros.models import Macro, MacroVersion
from tests.conftest import Cast, ClientFor
from tests.customercare.incidents.kit import CLOSING, OFFER, make_macro
from tests.factories import make_order

pytestmark = pytest.mark.django_db
LIST = "/admin/customercare/macro/"
READERS = (Role.ADMIN, Role.SHOP_MANAGER, Role.SUPPORT_AGENT, Role.AUDITOR)
WRITERS = (Role.ADMIN, Role.SHOP_MANAGER, Role.SUPPORT_AGENT)
PUBLISHERS = (Role.ADMIN, Role.SHOP_MANAGER)


def typed(**fields: str) -> dict[str, Any]:
    """A whole editor page for a goodwill macro in English."""
    return {
        "edits": "0",
        "key": "sorry",
        "folder": "Goodwill::Sorry",
        "scenario": "goodwill",
        "owner_role": "support_agent",
        "review_on": "",
        "en-subject": "About {order_number}",
        "en-text": "Hello {customer_name}, we are sorry about {order_number}.",
        "en-offer": OFFER,
        "en-closing": CLOSING,
        "en-says": ["fact", "ownership", "remedy", "apology"],
    } | fields


def draft_of(macro: Macro) -> MacroVersion:
    return MacroVersion.objects.get(macro=macro, state="draft")


@pytest.fixture
def macro(cast: Cast) -> Macro:
    return make_macro(cast.manager).macro


@pytest.mark.parametrize("role", list(Role))
def test_who_reads_who_drafts_and_who_publishes(client_for: ClientFor, macro: Macro, role: Role) -> None:
    client = client_for(role, sudo=True)
    pages: dict[str, tuple[Role, ...]] = {
        LIST: READERS,
        f"{LIST}{macro.pk}/change/": READERS,
        f"{LIST}{macro.pk}/compare/1/": READERS,
    }
    pages |= {f"{LIST}add/": WRITERS, f"{LIST}{macro.pk}/draft/": WRITERS, f"{LIST}{macro.pk}/publish/": PUBLISHERS}
    for url, allowed in pages.items():
        assert client.get(url).status_code == (200 if role in allowed else 403), url
    versions = MacroVersion.objects.count()
    assert client.post(f"{LIST}{macro.pk}/draft/", {}).status_code == (422 if role in WRITERS else 403)
    assert client.post(f"{LIST}{macro.pk}/publish/", {}).status_code == (422 if role in PUBLISHERS else 403)
    assert MacroVersion.objects.count() == versions


def test_auditors_see_no_control_that_writes(client_for: ClientFor, macro: Macro) -> None:
    html = client_for(Role.AUDITOR).get(f"{LIST}{macro.pk}/change/").content.decode()
    assert "Write a draft" not in html
    assert 'method="post"' not in re.sub(r'<form[^>]*action="/(logout|i18n)[^"]*"', "", html)


@pytest.mark.parametrize("suffix", ["999/change/", "999/draft/", "999/publish/", "x/change/", "999/compare/1/"])
def test_macros_that_do_not_exist_are_404(client_for: ClientFor, suffix: str) -> None:
    assert client_for(Role.ADMIN, sudo=True).get(LIST + suffix).status_code == 404


def test_an_agent_drafts_and_a_manager_publishes(client_for: ClientFor) -> None:
    agent, manager = client_for(Role.SUPPORT_AGENT), client_for(Role.SHOP_MANAGER, sudo=True)
    assert agent.post(f"{LIST}add/", typed()).status_code == 302
    macro = Macro.objects.get(key="sorry")
    draft = draft_of(macro)
    assert agent.post(f"{LIST}{macro.pk}/publish/", {"edits": draft.edits}).status_code == 403
    assert manager.post(f"{LIST}{macro.pk}/publish/", {"edits": draft.edits}).status_code == 302
    draft.refresh_from_db()
    assert draft.state == "approved"


def test_text_is_stored_exactly_as_typed(client_for: ClientFor) -> None:
    text = "  <b>Hello</b> {customer_name}\r\n\r\n{order_number} </textarea> 王小明 🧑‍🍳  "
    client = client_for(Role.SUPPORT_AGENT)
    answer = client.post(f"{LIST}add/", typed(**{"en-text": text}), follow=True)
    assert answer.status_code == 200
    stored = draft_of(Macro.objects.get()).variants.get(language="en")
    assert stored.text == text.replace("\r\n", "\n")
    assert "&lt;/textarea&gt;" in answer.content.decode()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Hello {x.__class__}", "brace"),
        ("{% debug %}", "brace"),
        ("{{7*7}}", "brace"),
        ("Hello {unknown_name}", "{unknown_name} is not known"),
        ("x" * 20_001, "20001"),
        ("a\x0bb", "U+000B"),
    ],
)
def test_what_could_not_be_filled_is_not_saved_and_stays_typed(client_for: ClientFor, text: str, sentence: str) -> None:
    answer = client_for(Role.SUPPORT_AGENT).post(f"{LIST}add/", typed(**{"en-text": text}))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in html.replace("&quot;", '"')
    assert "Goodwill::Sorry" in html
    assert not Macro.objects.exists()


def test_a_megabyte_of_text_is_refused_in_place(client_for: ClientFor) -> None:
    answer = client_for(Role.SUPPORT_AGENT).post(f"{LIST}add/", typed(**{"en-text": "x" * 1_000_000}))
    assert answer.status_code == 422
    assert not Macro.objects.exists()


def test_two_writers_of_one_draft_see_both_texts(client_for: ClientFor, macro: Macro) -> None:
    first, second = client_for(Role.SUPPORT_AGENT), client_for(Role.SHOP_MANAGER)
    url = f"{LIST}{macro.pk}/draft/"
    assert first.post(url, typed(**{"en-text": "Theirs {order_number}"})).status_code == 302
    answer = second.post(url, typed(**{"en-text": "Mine {order_number}"}))
    html = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs {order_number}" in html
    assert "Mine {order_number}" in html
    assert draft_of(macro).variants.get(language="en").text == "Theirs {order_number}"
    edits = re.search(r'name="edits" value="(\d+)"', html)
    assert edits
    again = second.post(url, typed(**{"en-text": "Mine {order_number}", "edits": edits[1]}))
    assert again.status_code == 302
    assert draft_of(macro).variants.get(language="en").text == "Mine {order_number}"


def test_a_draft_with_problems_is_not_published(client_for: ClientFor, macro: Macro) -> None:
    client = client_for(Role.SHOP_MANAGER, sudo=True)
    client.post(f"{LIST}{macro.pk}/draft/", typed(**{"en-text": "Hello there", "en-closing": ""}))
    draft = draft_of(macro)
    page = client.get(f"{LIST}{macro.pk}/publish/").content.decode()
    assert "lacks {order_number}" in page
    assert "Publish version" not in page
    answer = client.post(f"{LIST}{macro.pk}/publish/", {"edits": draft.edits})
    assert answer.status_code == 422
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_nobody_publishes_what_they_have_not_read(client_for: ClientFor, macro: Macro) -> None:
    client = client_for(Role.SHOP_MANAGER, sudo=True)
    client.post(f"{LIST}{macro.pk}/draft/", typed())
    stale = client.post(f"{LIST}{macro.pk}/publish/", {"edits": "0"})
    assert stale.status_code == 422
    assert draft_of(macro).state == "draft"


def test_publishing_asks_for_the_password_again(client_for: ClientFor, macro: Macro) -> None:
    answer = client_for(Role.SHOP_MANAGER).post(f"{LIST}{macro.pk}/publish/", {"edits": "1"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/confirm-password/")


def test_a_preview_shows_each_language_with_a_real_order(client_for: ClientFor, macro: Macro, store: Store) -> None:
    order = make_order(store, name="Łucja <b>Wrona</b>")
    url = f"{LIST}{macro.pk}/change/?order={order.number}&voucher=1"
    answer = client_for(Role.SUPPORT_AGENT).get(url)
    html = answer.content.decode()
    assert html.count("Łucja &lt;b&gt;Wrona&lt;/b&gt;") == 2
    assert "••••-••••-••••" in html
    frame = re.search(r'<iframe[^>]*src="([^"]+)"[^>]*sandbox[ >]', html)
    assert frame
    body = client_for(Role.SUPPORT_AGENT).get(frame[1].replace("&amp;", "&"))
    assert body.status_code == 200
    assert body["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "<b>Wrona" not in body.content.decode()


def test_an_order_that_does_not_exist_is_said(client_for: ClientFor, macro: Macro) -> None:
    answer = client_for(Role.SUPPORT_AGENT).get(f"{LIST}{macro.pk}/change/?order=nope")
    assert answer.status_code == 200
    assert "No order has this number" in answer.content.decode()


def test_the_library_is_narrowed_by_scenario_and_by_nothing_unknown(client_for: ClientFor, macro: Macro) -> None:
    client = client_for(Role.AUDITOR)
    assert client.get(f"{LIST}?scenario=goodwill").context["cl"].result_count == 1
    assert client.get(f"{LIST}?scenario=delay").context["cl"].result_count == 0
    assert client.get(f"{LIST}?versions__created_by__password=x").status_code in (302, 400)


def test_versions_are_compared_line_by_line(client_for: ClientFor, macro: Macro) -> None:
    client = client_for(Role.SUPPORT_AGENT)
    client.post(f"{LIST}{macro.pk}/draft/", typed(**{"en-text": "A new sentence about {order_number}."}))
    html = client.get(f"{LIST}{macro.pk}/compare/2/").content.decode()
    assert "<ins>+ A new sentence about {order_number}.</ins>" in html
    assert "<del>" in html


def test_the_library_asks_no_more_questions_when_it_grows(client_for: ClientFor, cast: Cast) -> None:
    client = client_for(Role.AUDITOR)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST).status_code == 200
        return len(queries)

    make_macro(cast.manager, key="one")
    asked()
    few = asked()
    for number in range(6):
        make_macro(cast.manager, key=f"more{number}")
    assert asked() == few
