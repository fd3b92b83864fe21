"""The supplier's own page: what it shows, what it saves, and that nobody else gets in."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from suppliers.evidence.models import EvidenceFile
from suppliers.questionnaires import services as questionnaires
from suppliers.questionnaires.models import AnswerSheet, Submission
from suppliers.questionnaires.views import public
from tests.factories.suppliers import make_supplier
from tests.suppliers.questionnaires.desk import PDF, save, start, typed
from tests.suppliers.questionnaires.kit import ALL_WELL

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def sheet() -> AnswerSheet:
    return start()


@pytest.fixture
def url(sheet: AnswerSheet) -> str:
    issued = questionnaires.issue_link(sheet_id=sheet.pk, actor=None, now=timezone.now())
    return f"/q/{issued.token}/"


def html(client: Client, url: str, **query: Any) -> str:
    response = client.get(url, query)
    assert response.status_code == 200
    return response.content.decode()


def held(sheet: AnswerSheet) -> dict[str, Any]:
    sheet.refresh_from_db()
    return dict(sheet.answers)


class TestThePage:
    def test_it_asks_what_the_answers_so_far_call_for(self, client: Client, sheet: AnswerSheet, url: str) -> None:
        page = html(client, url)
        assert "How many people work for you?" in page
        assert "What do you check?" not in page
        save(sheet, {"system": "system_yes"})
        assert "What do you check?" in html(client, url)

    def test_nobody_between_keeps_or_finds_it(self, client: Client, url: str) -> None:
        response = client.get(url)
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
        assert response.headers["Referrer-Policy"] == "same-origin"
        page = response.content.decode()
        assert '<meta name="robots" content="noindex">' in page
        assert '<meta name="referrer" content="same-origin">' in page

    def test_it_speaks_the_suppliers_language_or_another(self, client: Client, sheet: AnswerSheet, url: str) -> None:
        for code, title in (("pl", "O jakości"), ("zh-hans", "关于质量"), ("zh-hant", "關於品質")):
            response = client.get(url, {"lang": code})
            assert response.headers["Content-Language"] == code
            assert f"<h1>{title}</h1>" in response.content.decode()
        page = html(client, url)
        assert page.index('name="lang" value="en">') < page.index('name="lang" value="pl"')  # the last one counts
        client.post(url, typed(client, url) | {"lang": ["en", "pl"]})
        assert "<h1>O jakości</h1>" in html(client, url)

    def test_no_person_of_ours_or_theirs_stands_on_it(self, client: Client, sheet: AnswerSheet, url: str) -> None:
        page = html(client, url)
        assert "Sofia" not in page
        assert "@" not in page

    def test_text_stays_text(self, client: Client, sheet: AnswerSheet, url: str) -> None:
        save(sheet, {"remarks": "<script>alert(1)</script>"})
        assert "<script>alert" not in html(client, url)


class TestWhoGetsIn:
    def test_wrong_over_and_revoked_links_are_answered_alike(
        self, client: Client, sheet: AnswerSheet, url: str
    ) -> None:
        wrong = client.get("/q/" + "x" * 32 + "/")
        with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
            over = client.get(url)
        questionnaires.end_links(sheet_id=sheet.pk, actor=None, now=timezone.now())
        revoked, saved = client.get(url), client.post(url, {"q_people": "1"})
        answers = {(one.status_code, one.content) for one in (wrong, over, revoked)}
        assert len(answers) == 1
        assert wrong.status_code == saved.status_code == 404
        assert held(sheet) == {}

    def test_who_tries_links_has_to_wait(self, client: Client, url: str) -> None:
        codes = [client.get(f"/q/wrong-{n}/").status_code for n in range(public.STRANGERS.misses + 1)]
        assert set(codes[:-1]) == {404}
        assert codes[-1] == 429
        assert client.get(url).status_code == 200  # who holds a link is no stranger

    def test_who_saves_without_end_has_to_wait(
        self, client: Client, sheet: AnswerSheet, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(public, "SAVES", public.guesses.Limit("sheet_saves", misses=2, seconds=3_600))
        codes = [client.post(url, typed(client, url, people=str(n + 1))).status_code for n in range(3)]
        assert codes == [302, 302, 429]
        assert held(sheet) == {"people": "2"}
        cache.clear()

    def test_one_link_opens_one_sheet(self, client: Client, sheet: AnswerSheet, url: str) -> None:
        other = start(make_supplier("OTHER"))
        save(other, {"remarks": "Only for us."})
        assert "Only for us." not in html(client, url)


class TestSaving:
    def test_a_plain_button_saves_and_shows_the_page_again(self, client: Client, sheet: AnswerSheet, url: str) -> None:
        response = client.post(url, typed(client, url, people="40", system="system_yes"))
        assert (response.status_code, response.headers["Location"]) == (302, url)
        assert held(sheet) == {"people": "40", "system": "system_yes"}
        assert "Saved " in html(client, url)

    def test_what_cannot_be_read_is_named_and_the_rest_is_saved(
        self, client: Client, sheet: AnswerSheet, url: str
    ) -> None:
        response = client.post(url, typed(client, url, people="many", system="system_no"))
        page = response.content.decode()
        assert response.status_code == 422
        assert 'value="many"' in page
        assert "error-summary" in page
        assert held(sheet) == {"system": "system_no"}

    def test_by_itself_it_says_when_and_brings_what_shows_now(
        self, client: Client, sheet: AnswerSheet, url: str
    ) -> None:
        response = client.post(url, typed(client, url, people="4", system="system_yes"), headers=HTMX)
        part = response.content.decode()
        assert "Saved " in part
        assert 'id="part-details"' in part
        assert "What do you check?" in part
        assert "How many people" not in part  # what stands there already keeps its place and its focus
        assert 'name="version" value="2"' in part
        assert held(sheet) == {"people": "4", "system": "system_yes"}

    def test_by_itself_it_takes_away_what_shows_no_more_and_keeps_its_answer(
        self, client: Client, sheet: AnswerSheet, url: str
    ) -> None:
        save(sheet, ALL_WELL)
        part = client.post(url, typed(client, url, system="system_no"), headers=HTMX).content.decode()
        assert '<section id="part-details" class="card stack" hidden hx-swap-oob="true">' in part
        assert "Without one we cannot buy what touches food." in part
        assert held(sheet) == ALL_WELL | {"system": "system_no"}

    def test_by_itself_it_names_what_is_not_saved(self, client: Client, sheet: AnswerSheet, url: str) -> None:
        part = client.post(url, typed(client, url, people="many", system="system_no"), headers=HTMX).content.decode()
        assert "not yet: How many people work for you?" in part
        assert held(sheet) == {"system": "system_no"}

    def test_its_own_saves_do_not_stand_in_its_way(self, client: Client, sheet: AnswerSheet, url: str) -> None:
        page = typed(client, url, people="4")
        client.post(url, page, headers=HTMX)
        assert client.post(url, page | {"q_people": "40"}).status_code == 302  # its button, before it heard of that
        assert held(sheet) == {"people": "40"}

    def test_two_windows_lose_nothing(self, client: Client, sheet: AnswerSheet, url: str) -> None:
        mine = typed(client, url, people="40")
        client.post(url, typed(client, url, people="50"))
        assert client.post(url, mine, headers=HTMX).status_code == 409
        response = client.post(url, mine)
        page = response.content.decode()
        assert response.status_code == 409
        assert "How many people work for you?: 50" in page
        assert "How many people work for you?: 40" in page
        assert held(sheet) == {"people": "50"}

        again = {"version": response.context["version"], "page": response.context["page"]}
        again |= dict(response.context["kept"]) | {"shown": mine["shown"]}
        assert client.post(url, again | {"resolve": "theirs"}).status_code == 302
        assert held(sheet) == {"people": "50"}
        assert client.post(url, again | {"resolve": "yours"}).status_code == 302
        assert held(sheet) == {"people": "40"}

    @pytest.mark.parametrize("sent", [{}, {"version": "x"}, {"version": "9" * 40}, {"version": "-1"}, {"version": "٣"}])
    def test_odd_requests_write_nothing(
        self, client: Client, sheet: AnswerSheet, url: str, sent: dict[str, str]
    ) -> None:
        assert client.post(url, sent | {"shown": "people", "q_people": "1"}).status_code == 409
        assert held(sheet) == {}


class TestFiles:
    @pytest.fixture
    def asked(self, sheet: AnswerSheet) -> AnswerSheet:
        return save(sheet, ALL_WELL)

    def test_a_file_comes_with_the_button_and_is_taken_away_again(
        self, client: Client, asked: AnswerSheet, url: str
    ) -> None:
        upload = SimpleUploadedFile("iso 9001.pdf", PDF)
        assert client.post(url, typed(client, url) | {"file_paper": upload}).status_code == 302
        kept = EvidenceFile.objects.get()
        assert held(asked)["paper"] == [kept.pk]
        assert "iso 9001.pdf" in html(client, url)
        client.post(url, typed(client, url) | {"take_paper": kept.pk})
        assert "paper" not in held(asked)

    @pytest.mark.parametrize(
        ("name", "content", "sentence"),
        [
            ("plan.svg", b"<svg><script>alert(1)</script></svg>", "Files of this type are not kept"),
            ("table.csv", PDF, "do not fit"),
            ("empty.pdf", b"", "The file is empty"),
        ],
    )
    def test_a_refused_file_leaves_nothing_and_the_rest_is_saved(
        self, asked: AnswerSheet, url: str, name: str, content: bytes, sentence: str
    ) -> None:
        client = Client()
        sent = typed(client, url, people="41") | {"file_paper": SimpleUploadedFile(name, content)}
        response = client.post(url, sent)
        assert response.status_code == 422
        assert sentence in response.content.decode()
        assert not EvidenceFile.objects.exists()
        assert list(Path(settings.EVIDENCE_ROOT).rglob("*")) == []
        assert held(asked)["people"] == "41"

    def test_a_link_hands_out_no_file(self, client: Client, asked: AnswerSheet, url: str) -> None:
        client.post(url, typed(client, url) | {"file_paper": SimpleUploadedFile("iso.pdf", PDF)})
        response = client.get(f"/suppliers/evidence/{EvidenceFile.objects.get().key}/")
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/login/")


class TestHandingIn:
    def test_all_is_handed_in_once(self, client: Client, sheet: AnswerSheet, url: str) -> None:
        save(sheet, ALL_WELL)
        page = typed(client, url) | {"act": "submit"}
        assert client.post(url, page).headers["Location"] == url
        assert client.post(url, page).status_code == 302
        assert "Thank you, your answers are handed in" in html(client, url)
        assert [one.answers for one in Submission.objects.all()] == [ALL_WELL]

    def test_what_is_missing_is_marked_and_nothing_is_handed_in(
        self, client: Client, sheet: AnswerSheet, url: str
    ) -> None:
        response = client.post(url, typed(client, url, people="40") | {"act": "submit"})
        assert response.status_code == 422
        assert "Answer this question." in response.content.decode()
        assert not Submission.objects.exists()
        assert held(sheet) == {"people": "40"}

    def test_sent_back_it_says_what_is_missing(self, client: Client, sheet: AnswerSheet, url: str) -> None:
        save(sheet, ALL_WELL)
        client.post(url, typed(client, url) | {"act": "submit"})
        sheet.refresh_from_db()
        questionnaires.send_back(
            sheet_id=sheet.pk, version=sheet.version, note="The certificate.", actor=None, now=timezone.now()
        )
        assert "The certificate." in html(client, url)
