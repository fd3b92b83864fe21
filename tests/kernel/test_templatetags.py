"""What templates say: states, stamps, menu, filters, and forms that tell how to put things right."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.template import Context, Template
from django.test import RequestFactory

from backoffice.kernel import listing, nav, states
from backoffice.kernel.charts import Part
from tests.kit import styleguide

AT = datetime(2026, 11, 5, 13, 3, 22, tzinfo=UTC)
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


def rendered(source: str, **values: Any) -> str:
    return Template("{% load standfast %}" + source).render(Context(values))


class Filters(forms.Form):
    q = forms.CharField(label="Search", required=False, widget=forms.TextInput(attrs={"type": "search"}))
    state = forms.MultipleChoiceField(label="State", required=False, choices=[("late", "Late"), ("new", "New")])
    carrier = forms.CharField(label="Carrier", required=False)
    region = forms.CharField(label="Region", required=False)
    sku = forms.CharField(label="SKU", required=False)


@pytest.fixture
def menu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nav, "_entries", {})


def test_a_state_is_an_icon_and_a_word() -> None:
    pill = rendered('{% pill "uncertain" %}')
    assert 'class="pill pill-warn"' in pill
    assert "<svg" in pill
    assert "Uncertain" in pill


def test_an_unknown_state_is_shown_as_itself_and_never_as_a_blank() -> None:
    assert "Waiting for pick" in rendered('{% pill "waiting_for_pick" %}')


def test_a_state_can_carry_words_of_its_own_which_are_escaped() -> None:
    pill = rendered('{% pill "low" words "bad" %}', words="<b>8 left</b>")
    assert "&lt;b&gt;8 left" in pill
    assert "pill-bad" in pill


def test_a_tone_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no tone"):
        states.register("odd", "Odd", "purple")


def test_the_stamp_names_second_and_zone() -> None:
    assert ">As of 14:03:22 CET</time>" in rendered('{% as_of at "Europe/Warsaw" %}', at=AT)


def test_a_moment_is_readable_by_machines_too() -> None:
    html = rendered('{% time at "Europe/Warsaw" %}', at=AT)
    assert html == '<time datetime="2026-11-05T13:03:22+00:00">5 Nov 2026, 14:03 CET</time>'


def test_names_keep_their_own_direction_and_are_escaped() -> None:
    assert rendered("{{ name|bdi }}", name="<i>Zofia") == "<bdi>&lt;i&gt;Zofia</bdi>"


def test_the_menu_shows_only_what_the_person_may_open_in_order(menu: None) -> None:
    nav.register("b", "Orders", "sales:list", "bolt", 20, lambda user: True)
    nav.register("a", "Home", "home", "bolt", 10, lambda user: True)
    nav.register("c", "Secret", "admin:index", "bolt", 5, lambda user: False)
    items = nav.visible(user=AnonymousUser(), path="/orders/7/")
    assert [(item.label, item.current) for item in items] == [("Home", False), ("Orders", True)]


def test_the_menu_is_empty_for_strangers_unless_a_page_says_otherwise(menu: None) -> None:
    nav.register("a", "Home", "home", "bolt", 10)
    assert nav.visible(user=AnonymousUser(), path="/") == []


def test_registering_a_page_again_replaces_it(menu: None) -> None:
    nav.register("a", "Old", "home", "bolt", 10)
    nav.register("a", "New", "home", "bolt", 10)
    assert [entry.label for entry in nav.ordered()] == ["New"]


@pytest.mark.parametrize(
    ("path", "current"),
    [("/", "/"), ("/orders/", "/orders/"), ("/orders/late/3/", "/orders/late/"), ("/elsewhere/", "")],
)
def test_the_longest_matching_page_is_current(path: str, current: str) -> None:
    assert nav.current_url(["/", "/orders/", "/orders/late/"], path) == current


def test_each_applied_filter_is_a_chip_that_takes_only_itself_away() -> None:
    query = QueryDict("q=kettle&state=late&state=new&after=99&sku=")
    chips = listing.chips(fields=list(Filters(query)), query=query)
    assert [(chip.label, chip.value) for chip in chips] == [
        ("Search", "kettle"),
        ("State", "Late"),
        ("State", "New"),
    ]
    assert chips[1].remove_url == "?q=kettle&state=new"


def test_at_most_three_filters_stand_in_front_and_the_rest_is_folded() -> None:
    fields = list(Filters())
    front, folded = listing.split(fields, ["sku", "region", "carrier", "state"])
    assert [field.name for field in front] == ["sku", "region", "carrier"]
    assert [field.name for field in folded] == ["q", "state"]


def test_the_filter_bar_works_as_a_plain_form_and_opens_what_is_in_use() -> None:
    request = RequestFactory().get("/orders/", {"sku": "KT-9"})
    html = rendered(
        '{% filter_bar form promoted="state,carrier,region" target="results" count="1 order" %}',
        form=Filters(request.GET),
        request=request,
    )
    assert 'method="get"' in html
    assert '<details class="filter-more" open>' in html
    assert 'hx-get="/orders/"' in html
    assert "SKU: KT-9" in html


def test_progress_adds_up_is_spoken_and_stops_asking_when_it_is_over() -> None:
    parts = [Part("Sent", 3, "ok", "?state=sent"), Part("Waiting", 1)]
    running = rendered('{% progress "Telling" parts at settled=3 poll_url="/p/" %}', parts=parts, at=AT)
    over = rendered('{% progress "Telling" parts at settled=4 %}', parts=parts, at=AT)
    assert 'data-progress="75"' in running
    assert 'hx-get="/p/"' in running
    assert "75.0%" in running
    assert "100.0%" in running
    assert "hx-get" not in over


def test_progress_over_nobody_shows_no_share_of_nothing() -> None:
    html = rendered('{% progress "Telling" parts at settled=0 %}', parts=[Part("Sent", 0, "ok")], at=AT)
    assert 'data-progress="0"' in html
    assert "100.0%" not in html


class Declare(forms.Form):
    title = forms.CharField(help_text="One line.")
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    note = forms.CharField(required=False)


def test_the_error_summary_says_the_same_words_as_the_field_and_leads_to_it() -> None:
    form = Declare({"note": "kept"})
    html = rendered(
        '{% include "components/error_summary.html" %}{% include "components/form_fields.html" %}', form=form
    )
    assert html.count("This field is required.") == 4
    assert 'href="#id_title"' in html
    assert 'href="#id_kind_0"' in html
    assert 'id="id_kind_0"' in html
    assert 'value="kept"' in html


def test_a_field_is_tied_to_its_hint_and_its_error() -> None:
    html = rendered('{% include "components/field.html" with field=form.title %}', form=Declare({}))
    described = re.search(r'<input[^>]*aria-describedby="([^"]+)"', html)
    assert described is not None
    for name in described[1].split():
        assert f'id="{name}"' in html
    assert 'aria-invalid="true"' in html


def test_a_form_without_errors_has_no_summary() -> None:
    assert "error-summary" not in rendered('{% include "components/error_summary.html" %}', form=Declare())


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return styleguide.pages()


def test_every_component_renders_without_inline_script_style_or_handler(pages: dict[str, str]) -> None:
    for name, html in pages.items():
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:", html), name
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html)), name


def test_every_id_on_the_page_of_components_is_used_once(pages: dict[str, str]) -> None:
    ids = re.findall(r'\sid="([^"]+)"', pages["index-en.html"])
    assert sorted(ids) == sorted(set(ids))


def test_the_frame_of_a_page_speaks_the_language_and_offers_a_way_past_the_menu(pages: dict[str, str]) -> None:
    assert '<html lang="zh-hans">' in pages["index-zh-hans.html"]
    assert '<a class="skip" href="#main">' in pages["index-en.html"]
    assert "DRILL" in pages["index-en.html"]


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_template_breaks_the_policy_or_uses_a_word_that_blames(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|hx-on", source)
    quoted = re.findall(r"""{% translate ["'](.+?)["'] (?:as \w+ )?%}""", source)
    blocks = re.findall(r"{% blocktranslate.*?%}(.+?){% endblocktranslate %}", source, re.DOTALL)
    assert not re.search(r"\b(please|invalid|oops|required)\b", " ".join(quoted + blocks), re.IGNORECASE)
