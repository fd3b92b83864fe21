"""The pages of contracts: lists, a contract, a breach, a claim and its evidence, and every form."""

from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backoffice.kernel.models import Alert
from backoffice.kernel.roles import Role
from suppliers.contracts import evidence
from suppliers.contracts.models import Breach, ClaimRecovery, Contract, ServiceLevel, SupplierClaim
from suppliers.contracts.rules.claims import ClaimState
from tests.conftest import ClientFor
from tests.factories import NOW
from tests.factories.suppliers import make_supplier
from tests.suppliers.contracts.kit import (
    BEGIN,
    check,
    claim_all,
    contract_draft,
    free_claim,
    level_draft,
    make_breach,
    make_contract,
    move,
    october,
    recover,
)
from tests.suppliers.directory.test_views import typed

pytestmark = pytest.mark.django_db
# What a browser sends of fields that hold a nought.
ZERO = {"early_days": "0", "late_days": "0"}


@pytest.fixture
def staff(client_for: ClientFor) -> Client:
    return client_for(Role.SHOP_STAFF)


@pytest.fixture
def agent(client_for: ClientFor) -> Client:
    return client_for(Role.SUPPORT_AGENT)


def html(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode().replace("&nbsp;", "\xa0")


class TestLists:
    @pytest.mark.parametrize(
        ("view", "shown"),
        [("all", {"A", "B", "C"}), ("breach", {"A"}), ("claims", {"B"}), ("drafts", {"C"}), ("ending", {"D"})],
    )
    def test_each_view_shows_what_it_is_called_after(self, staff: Client, view: str, shown: set[str]) -> None:
        missed = make_breach()
        Contract.objects.filter(pk=missed.pk).update(number="A")
        claimed = make_contract(make_supplier("SUDETY"), number="B")
        free_claim(claimed.supplier, contract_id=claimed.pk)
        make_contract(make_supplier("ZLIN"), number="C", active=False)
        from datetime import timedelta

        from django.utils import timezone

        if view == "ending":
            soon = timezone.localdate() + timedelta(days=90)
            make_contract(make_supplier("BRNO"), number="D", valid_until=soon)
            make_contract(make_supplier("KOSICE"), number="E", valid_until=soon + timedelta(days=1))
        rows = staff.get(f"/suppliers/contracts/?view={view}").context["rows"]
        assert {row.number for row in rows} == shown

    def test_it_is_searched_by_number_title_and_supplier(self, staff: Client) -> None:
        make_contract()
        for q, found in (("2026/7", 1), ("KETTLES", 1), ("acme", 1), ("nobody", 0)):
            assert len(staff.get(f"/suppliers/contracts/?{urlencode({'q': q})}").context["rows"]) == found

    def test_its_statements_do_not_grow(self, staff: Client) -> None:
        first = make_contract(number="N-00")
        staff.get("/suppliers/contracts/")
        with CaptureQueriesContext(connection) as few:
            staff.get("/suppliers/contracts/")
        Contract.objects.bulk_create(
            Contract(supplier=first.supplier, number=f"N-{n:02d}", title="Kettles", currency="PLN", valid_from=BEGIN)
            for n in range(1, 70)
        )
        with CaptureQueriesContext(connection) as many:
            response = staff.get("/suppliers/contracts/")
        assert len(many) == len(few)
        assert (len(response.context["rows"]), bool(response.context["older_url"])) == (50, True)
        assert len(staff.get(f"/suppliers/contracts/{response.context['older_url']}").context["rows"]) == 20

    def test_claims_by_state_and_for_agents_without_amounts(self, staff: Client, agent: Client) -> None:
        supplier = make_supplier("ACME")
        free_claim(supplier)
        move(free_claim(supplier, title="Old"), ClaimState.WITHDRAWN)
        assert "Old" not in html(staff, "/suppliers/claims/")
        assert "Lids" not in html(staff, "/suppliers/claims/?view=closed")
        assert "PLN\xa0200.00" in html(staff, "/suppliers/claims/")
        assert "200.00" not in html(agent, "/suppliers/claims/?view=all")

    def test_claims_cost_the_same_however_many(self, staff: Client) -> None:
        supplier = make_supplier("ACME")
        free_claim(supplier)
        staff.get("/suppliers/claims/")
        with CaptureQueriesContext(connection) as few:
            staff.get("/suppliers/claims/")
        given = {"supplier": supplier, "kind": "defect", "amount": 10, "currency": "PLN", "drafted_at": NOW}
        SupplierClaim.objects.bulk_create(SupplierClaim(title=f"Lids {n}", **given) for n in range(60))
        with CaptureQueriesContext(connection) as many:
            assert len(staff.get("/suppliers/claims/").context["rows"]) == 50
        assert len(many) == len(few)

    @pytest.mark.parametrize("query", ["view=nonsense", "after=nonsense", "page=2", "view=breach&q=%25"])
    def test_an_address_that_makes_no_sense_is_answered(self, staff: Client, query: str) -> None:
        html(staff, f"/suppliers/contracts/?{query}")
        html(staff, f"/suppliers/claims/?{query}")

    def test_the_suppliers_page_shows_contracts_open_claims_and_what_came_back(self, staff: Client) -> None:
        contract = make_breach()
        recover(move(claim_all(contract), ClaimState.SENT), "20.00")
        page = html(staff, f"/suppliers/{contract.supplier_id}/")
        for words in ("RC-2026/7", "1 open claim", "PLN\xa020.00 recovered"):
            assert words in page, words
        assert "SC-" in html(staff, f"/suppliers/{contract.supplier_id}/contracts/")


class TestPage:
    def test_it_shows_promises_breaches_and_what_is_open(self, staff: Client) -> None:
        contract = make_breach()
        page = html(staff, f"/suppliers/contracts/{contract.pk}/")
        for words in ("at least 95\xa0%", "§ 7.2", "80\xa0%", "Claim PLN\xa050.00", "2\xa0% of the value due"):
            assert words in page, words

    def test_agents_see_no_amount_and_no_control(self, agent: Client) -> None:
        contract = make_breach()
        for url in (f"/suppliers/contracts/{contract.pk}/", f"/suppliers/breaches/{Breach.objects.get().pk}/"):
            page = html(agent, url)
            assert "80\xa0%" in page
            for words in ("50.00", "PLN", "of the value due", "Let it go", "Add service level", "Terminate"):
                assert words not in page.split("<main")[1], words

    def test_auditors_see_amounts_and_no_control(self, client_for: ClientFor) -> None:
        contract = make_breach()
        page = html(client_for(Role.AUDITOR), f"/suppliers/contracts/{contract.pk}/")
        assert "PLN\xa050.00" in page
        assert "/claim/" not in page

    def test_its_statements_do_not_grow_with_levels_facts_and_breaches(self, staff: Client) -> None:
        contract = make_breach()
        url = f"/suppliers/contracts/{contract.pk}/"
        staff.get(url)
        with CaptureQueriesContext(connection) as few:
            staff.get(url)
        from suppliers.contracts import services as contracts

        for _each in range(5):
            contracts.add_level(contract_id=contract.pk, draft=level_draft(), actor=None, now=NOW)
        october(40, 40, prefix="M")
        check()
        with CaptureQueriesContext(connection) as many:
            staff.get(url)
        assert Breach.objects.count() == 6
        assert len(many) == len(few)

    def test_an_older_judgement_says_that_it_is_one(self, staff: Client) -> None:
        from datetime import date

        from tests.suppliers.contracts.kit import deliver, delivery

        make_breach()
        deliver(delivery("fix", date(2026, 10, 3), 0, corrects="O1", order_ref="PO-O1", line_ref="O1"))
        check()
        url = f"/suppliers/breaches/{Breach.objects.get().pk}/"
        assert "PLN\xa020.00" in html(staff, url)
        assert "This is an older judgement" in html(staff, f"{url}?revision=1")
        assert "This is an older judgement" not in html(staff, f"{url}?revision=99")


class TestForms:
    def test_a_contract_is_added_once_changed_and_activated(self, staff: Client) -> None:
        supplier = make_supplier("ACME")
        url = f"/suppliers/{supplier.pk}/contracts/new/"
        data = typed(staff, url, number="RC-1", title="Kettles", valid_from="2026-09-01", liability_cap="1000.00")
        for _press in range(2):
            response = staff.post(url, data)
            assert response.status_code == 302, response.context["form"].errors
        contract = Contract.objects.get()
        assert (contract.currency, contract.liability_cap, contract.notice_days) == ("PLN", Decimal(1000), 30)
        edit = f"/suppliers/contracts/{contract.pk}/edit/"
        assert staff.post(edit, typed(staff, edit, title="Kettles and lids")).status_code == 302
        activate = f"/suppliers/contracts/{contract.pk}/activate/"
        assert staff.post(activate, typed(staff, activate)).status_code == 302
        contract.refresh_from_db()
        assert (contract.title, contract.state) == ("Kettles and lids", "active")

    def test_both_values_are_shown_when_somebody_else_saved(self, staff: Client) -> None:
        contract = make_contract()
        url = f"/suppliers/contracts/{contract.pk}/edit/"
        data = typed(staff, url, title="Mine")
        from suppliers.contracts import services as contracts

        contracts.change_contract(
            contract_id=contract.pk, version=contract.version, draft=contract_draft(title="Theirs"), actor=None, now=NOW
        )
        response = staff.post(url, data)
        assert response.status_code == 409
        assert "Theirs" in response.content.decode()
        contract.refresh_from_db()
        assert contract.title == "Theirs"

    def test_a_service_level_is_typed_in_steps_and_comes_back_as_typed(self, staff: Client) -> None:
        contract = make_contract(active=False)
        ServiceLevel.objects.all().delete()
        url = f"/suppliers/contracts/{contract.pk}/levels/new/"
        data = typed(
            staff, url, target="95", curve="0.1: 2\n10: 5", cap="500", clause="§ 7", early_days="0", late_days="2"
        )
        assert staff.post(url, data).status_code == 302
        level = ServiceLevel.objects.get()
        assert level.penalty == {"basis": "value", "shape": "steps", "steps": [["0.1", "2"], ["10", "5"]]}
        form = staff.get(f"/suppliers/levels/{level.pk}/").context["form"]
        assert (form["curve"].value(), form["target"].value()) == ("0.1: 2\n10: 5", "95")

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({"curve": "a lot"}, "like 5: 2"),
            ({"curve": "2: 5\n1: 9"}, "Steps rise"),
            ({"shape": "linear", "curve": "1: 2"}, "one rate alone"),
            ({"target": "101"}, "from 0 to 100"),
            ({"metric": "days_late_p90"}, "other comparison"),
            ({"window": "days"}, "7 to 366"),
        ],
    )
    def test_what_cannot_be_judged_comes_back_with_its_reason(
        self, staff: Client, fields: dict[str, str], words: str
    ) -> None:
        contract = make_contract(active=False)
        url = f"/suppliers/contracts/{contract.pk}/levels/new/"
        response = staff.post(url, typed(staff, url, **ZERO | {"target": "95", "curve": "1: 2"} | fields))
        assert response.status_code == 422
        assert words in response.content.decode()
        assert ServiceLevel.objects.count() == 1

    def test_a_contract_and_a_level_end_on_a_day(self, staff: Client) -> None:
        contract = make_contract()
        level = contract.levels.get()
        url = f"/suppliers/levels/{level.pk}/end/"
        assert staff.post(url, typed(staff, url)).status_code == 302
        url = f"/suppliers/contracts/{contract.pk}/terminate/"
        assert staff.post(url, typed(staff, url)).status_code == 302
        contract.refresh_from_db()
        level.refresh_from_db()
        assert contract.state == "terminated"
        assert level.applies_until is not None

    def test_breaches_are_claimed_and_the_claim_goes_its_way(self, staff: Client) -> None:
        contract = make_breach()
        url = f"/suppliers/contracts/{contract.pk}/claim/"
        assert staff.post(url, typed(staff, url)).status_code == 302
        claim = SupplierClaim.objects.get()
        for step, fields in (("send", {}), ("accept-part", {"accepted": "30"}), ("settle", {})):
            if step == "settle":
                back = f"/suppliers/claims/{claim.pk}/recoveries/new/"
                data = typed(staff, back, amount="25.50", reference="CN-9")
                for _press in range(2):
                    assert staff.post(back, data).status_code == 302
            url = f"/suppliers/claims/{claim.pk}/step/{step}/"
            assert staff.post(url, typed(staff, url, **fields)).status_code == 302, step
        claim.refresh_from_db()
        assert (claim.state, claim.accepted, claim.recovered) == ("settled", Decimal(30), Decimal("25.50"))
        assert ClaimRecovery.objects.count() == 1

    def test_a_free_claim_is_drafted_and_changed(self, staff: Client) -> None:
        supplier = make_supplier("ACME")
        url = f"/suppliers/{supplier.pk}/claims/new/"
        data = typed(staff, url, title="Lids", reason="40 of 400.", amount="200")
        assert staff.post(url, data).status_code == 302
        claim = SupplierClaim.objects.get()
        url = f"/suppliers/claims/{claim.pk}/edit/"
        assert staff.post(url, typed(staff, url, amount="150.00")).status_code == 302
        claim.refresh_from_db()
        assert (claim.amount, claim.reason) == (Decimal(150), "40 of 400.")

    @pytest.mark.parametrize(("amount", "words"), [("", "above zero"), ("12,34,5", "12,34,5"), ("0", "above zero")])
    def test_an_amount_that_is_none_comes_back(self, staff: Client, amount: str, words: str) -> None:
        supplier = make_supplier("ACME")
        url = f"/suppliers/{supplier.pk}/claims/new/"
        response = staff.post(url, typed(staff, url, title="Lids", reason="40 of 400.", amount=amount))
        assert response.status_code == 422
        assert words in response.content.decode()
        assert not SupplierClaim.objects.exists()

    def test_a_step_that_is_not_open_or_not_known(self, staff: Client) -> None:
        claim = free_claim(make_supplier("ACME"))
        url = f"/suppliers/claims/{claim.pk}/step/settle/"
        assert staff.post(url, typed(staff, url)).status_code == 422
        assert staff.get(f"/suppliers/claims/{claim.pk}/step/forget/").status_code == 404
        claim.refresh_from_db()
        assert claim.state == "draft"

    def test_a_breach_is_let_go_with_a_reason(self, staff: Client) -> None:
        make_breach()
        breach = Breach.objects.get()
        url = f"/suppliers/breaches/{breach.pk}/waive/"
        assert staff.post(url, typed(staff, url)).status_code == 422
        assert staff.post(url, typed(staff, url, note="Snow closed the road.")).status_code == 302
        assert "Snow closed the road." in html(staff, f"/suppliers/breaches/{breach.pk}/")
        assert Alert.objects.filter(closed_at__isnull=True).count() == 0


class TestEvidence:
    def test_the_pack_is_a_pdf_named_after_the_claim(self, staff: Client) -> None:
        claim = claim_all(make_breach())
        response = staff.get(f"/suppliers/claims/{claim.pk}/evidence.pdf")
        assert response["Content-Type"] == "application/pdf"
        assert f'filename="{claim.number}.pdf"' in response["Content-Disposition"]
        assert response.content.startswith(b"%PDF-")

    def test_the_rows_are_a_table_whose_cells_are_no_formulas(self, staff: Client) -> None:
        contract = make_breach()
        Contract.objects.filter(pk=contract.pk).update(number="=1+1")
        response = staff.get(f"/suppliers/claims/{claim_all(contract).pk}/evidence.csv")
        lines = response.getvalue().decode().splitlines()
        assert len(lines) == 11
        assert all('"\'=1+1"' in line for line in lines[1:])

    def test_agents_get_neither(self, agent: Client) -> None:
        base = f"/suppliers/claims/{claim_all(make_breach()).pk}/evidence"
        assert [agent.get(f"{base}.{kind}").status_code for kind in ("pdf", "csv")] == [403, 403]

    def test_without_a_font_it_says_what_to_install(self, staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(evidence, "families", frozenset)
        claim = free_claim(make_supplier("ACME", name="陶瓷茶壶有限公司"))
        response = staff.get(f"/suppliers/claims/{claim.pk}/evidence.pdf", follow=True)
        assert "fonts-noto-cjk" in response.content.decode()
