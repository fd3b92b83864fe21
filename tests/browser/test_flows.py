"""Ways through the pages: without scripts, with the keyboard alone, with an impatient finger, while it runs."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Count
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from backoffice.messaging.models import Message
from customercare.incidents.models import Incident
from customercare.notices import services as notices
from customercare.notices.models import Fanout
from orders.sales.models import Order
from tests.browser.conftest import Open
from tests.browser.world import World
from tests.customercare.notices import kit
from tests.factories import PASSWORD


def fanout_of(incident: int) -> Fanout:
    return Fanout.objects.get(cause_ref=f"incident:{incident}")


def press(page: Page, name: str) -> None:
    """Press the button of that name, whatever follows the name."""
    page.get_by_role("button", name=re.compile(f"^{name}")).first.click()


# --- Without scripts -----------------------------------------------------------------------------------


@pytest.fixture
def bare(open_as: Open) -> Callable[[str], Page]:
    return lambda who: open_as(who, java_script_enabled=False)


def test_logging_in_works_without_scripts(bare: Callable[[str], Page], world: World) -> None:
    page = bare("")
    page.goto("/orders/")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("not this one")
    press(page, "Log in")
    expect(page.locator("[data-error-summary]")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Log in")
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders")


def test_searching_and_opening_an_order_works_without_scripts(bare: Callable[[str], Page], world: World) -> None:
    page = bare("agata")
    page.goto("/orders/")
    page.locator("input[name=q]").fill("P-1")
    press(page, "Show")
    page.get_by_role("link", name="P-1", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Order P-1")
    page.get_by_role("link", name="Show Parcels").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Parcels")


def test_a_message_is_read_and_decided_on_without_scripts(bare: Callable[[str], Page], world: World) -> None:
    page = bare("ada")
    page.goto(f"/messages/{world['message_uncertain']}/")
    expect(page.frame_locator("iframe").locator("body")).to_contain_text("Kettle & Co")
    press(page, "Mark delivered")
    expect(page.locator("body")).to_contain_text("The message is marked as delivered.")
    assert Message.objects.get(pk=world["message_uncertain"]).state == "delivered"


def test_an_incident_is_declared_without_scripts(bare: Callable[[str], Page], world: World) -> None:
    page = bare("ada")
    page.goto("/admin/customercare/incident/add/")
    page.get_by_label("Title").fill("Declared without scripts")
    page.locator("textarea[name=orders]").fill("P-1")
    page.locator("select[name=macro]").select_option(str(kit.approved_macro("goodwill").pk))
    press(page, "Find affected orders")
    expect(page.get_by_role("heading", level=1)).to_have_text("Affected orders")
    page.get_by_role("link", name="Continue to the check").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check before you send")
    press(page, "Notify 1 customer")
    expect(page.get_by_role("heading", level=1)).to_have_text("Declared without scripts")
    incident = Incident.objects.get(title="Declared without scripts")
    assert fanout_of(incident.pk).state == "holding"


def test_writing_to_many_works_without_scripts(bare: Callable[[str], Page], world: World) -> None:
    page = bare("agata")
    page.goto("/orders/?q=P-1")
    page.get_by_role("link", name="Message customers").click()
    page.get_by_label("Name of this send").fill("Sent without scripts")
    page.locator("select[name=macro]").select_option(str(kit.approved_macro("goodwill").pk))
    press(page, "Preview the messages")
    expect(page.get_by_role("heading", level=2).first).to_have_text("Check before you send")
    press(page, "Send to 1 customer")
    expect(page.locator("body")).to_contain_text("Confirmed.")
    assert Fanout.objects.get(title="Sent without scripts").state == "holding"


# --- With the keyboard alone ---------------------------------------------------------------------------


STOP = """(selector) => {
  const here = document.activeElement;
  const ring = (element) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  };
  // The parts of a date field have rings of their own, which no script sees.
  let shown = here.matches("body, iframe") || here === window.lastStop || ring(here);
  for (let up = here.parentElement; !shown && up; up = up.parentElement) shown = ring(up);
  window.lastStop = here;
  return { there: here.matches(selector), shown, name: here.outerHTML.slice(0, 120) };
}"""


def tab_to(page: Page, selector: str, *, most: int = 80) -> None:
    """Press Tab until the focus is there; every stop on the way must be seen."""
    for _step in range(most):
        page.keyboard.press("Tab")
        where = page.evaluate(STOP, selector)
        assert where["shown"], f"no focus ring: {where['name']}"
        if where["there"]:
            return
    pytest.fail(f"{most} times Tab did not lead to {selector}")


def test_from_login_to_an_order_by_keyboard(open_as: Open, world: World) -> None:
    page = open_as("")
    page.goto("/login/?next=/orders/")
    assert page.evaluate("document.activeElement.name") == "username"
    page.keyboard.type("agata")
    tab_to(page, "[name=password]")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('a.skip')")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    page.keyboard.type("P-1")
    expect(page.locator("#rows tr")).to_have_count(1)
    tab_to(page, "#rows a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Order P-1")


def test_an_incident_is_declared_by_keyboard_up_to_the_check(open_as: Open, world: World) -> None:
    page = open_as("ada")
    page.goto("/admin/customercare/incident/")
    tab_to(page, "a.addlink, a[href$='/incident/add/']")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Declare an incident")
    tab_to(page, "[name=title]")
    page.keyboard.type("Declared by keyboard")
    tab_to(page, "[name=orders]")
    page.keyboard.type("P-1")
    tab_to(page, "[name=macro]")
    page.keyboard.type("Bardzo")
    tab_to(page, "main button[type=submit]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Affected orders")
    tab_to(page, "a[href$='/check/'].btn")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check before you send")
    tab_to(page, "button.btn-danger")


# --- While it runs --------------------------------------------------------------------------------------


def shown_parts(page: Page) -> tuple[list[int], int]:
    """The numbers in the table of progress, and its total."""
    numbers = page.locator("#live table tbody tr td:nth-child(2)").all_inner_texts()
    total = page.locator("#live table tfoot tr td:nth-child(2)").first.inner_text()
    return [int(re.sub(r"\D", "", text)) for text in numbers], int(re.sub(r"\D", "", total))


def test_progress_is_live_adds_up_and_stops_asking_when_all_is_over(open_as: Open, world: World, settings: Any) -> None:
    settings.PROGRESS_SECONDS = 1
    incident = world["incident_running"]
    page = open_as("ada")
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(answer.status) if "/progress/" in answer.url else None)
    page.goto(f"/admin/customercare/incident/{incident}/room/")
    parts, total = shown_parts(page)
    fanout = fanout_of(incident)
    assert (sum(parts), total) == (fanout.audience_n, fanout.audience_n)
    waiting = Message.objects.filter(batch__cause_ref=fanout.cause_ref).exclude(state="sent")
    assert waiting.exists()

    waiting.update(state="sent")
    notices.drive(fanout_id=fanout.pk, now=timezone.now())
    expect(page.locator("#live")).to_contain_text("100%")
    expect(page.locator("#live[hx-get]")).to_have_count(0)
    parts, total = shown_parts(page)
    assert sum(parts) == total == fanout.audience_n
    assert answers[-1] == 286
    asked = len(answers)
    page.wait_for_timeout(2500)
    assert len(answers) == asked, "a page that has nothing to wait for asks no more"

    before = page.locator("#live table").inner_text()
    page.reload()
    assert page.locator("#live table").inner_text() == before


def test_a_double_click_on_confirm_starts_one_send(open_as: Open, world: World) -> None:
    page = open_as("ada")
    incident = world["incident_previewed"]
    page.goto(f"/admin/customercare/incident/{incident}/check/")
    page.get_by_role("button", name="Notify").dblclick(no_wait_after=True)
    page.wait_for_url("**/room/")
    assert fanout_of(incident).state == "holding"
    assert Fanout.objects.filter(cause_ref=f"incident:{incident}").count() == 1


def test_the_same_form_sent_twice_leads_to_the_same_incident(open_as: Open, world: World) -> None:
    """The guard behind the script's: two requests that both left."""
    page = open_as("ada")
    page.goto("/admin/customercare/incident/add/")
    page.get_by_label("Title").fill("Pressed twice")
    page.locator("textarea[name=orders]").fill("P-1")

    def twice(route: Route) -> None:
        request = route.request
        if request.method == "POST":
            page.context.request.post(
                request.url, data=request.post_data_buffer, headers=request.headers, max_redirects=0
            )
        route.continue_()

    page.route("**/incident/add/", twice)
    press(page, "Find affected orders")
    expect(page.get_by_role("heading", level=1)).to_have_text("Affected orders")
    assert Incident.objects.filter(title="Pressed twice").count() == 1


# --- What strangers write -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "/orders/{order}/",
        "/orders/?q=H-1",
        "/o/{token}/",
        "/admin/customercare/incident/{incident_waiting}/audience/",
    ],
)
def test_what_a_stranger_wrote_is_shown_and_never_run(open_as: Open, world: World, url: str) -> None:
    page = open_as("ada")
    page.goto(url.format_map(world), wait_until="networkidle")
    expect(page.locator("body")).to_contain_text("onerror")
    assert page.evaluate("window.hostile") is None
    assert page.locator("img[src=x]").count() == 0


def test_the_frame_of_a_mail_can_run_nothing(open_as: Open, world: World) -> None:
    message = Message.objects.filter(values__orders__contains=[{"order_number": "H-1"}]).earliest("pk")
    page = open_as("ada")
    for url in (f"/messages/{message.pk}/", f"/admin/customercare/incident/{world['incident_waiting']}/check/"):
        page.goto(url)
        frame = page.locator("iframe.frame").first
        assert frame.get_attribute("sandbox") == ""
        mail = page.request.get(frame.get_attribute("src") or "")
        assert "sandbox" in mail.headers["content-security-policy"]
        assert "default-src 'none'" in mail.headers["content-security-policy"]
        assert "<script" not in mail.text()
        assert "<img src=x" not in mail.text()


def test_the_world_tells_each_customer_once(world: World) -> None:
    twice = Message.objects.values("batch", "address").annotate(n=Count("id")).filter(n__gt=1)
    assert list(twice) == []
    assert Order.objects.filter(number="H-1").count() == 1
