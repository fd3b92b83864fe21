"""manage.py scorecards, and the policy that is seeded."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from customercare.management import seeding
from suppliers.assessment import services as assessment
from suppliers.assessment.models import PolicyVersion, Scorecard
from suppliers.assessment.rules.metrics import METRICS, Dimension
from suppliers.assessment.selectors import scorecards
from tests.conftest import Cast
from tests.factories import NOW
from tests.factories.suppliers import make_certificate, make_supplier
from tests.suppliers.assessment import facts
from tests.suppliers.assessment.facts import TODAY, ago, rescore

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> Any:
    out = StringIO()
    call_command("scorecards", "--as-of", TODAY.isoformat(), *arguments, stdout=out)
    return json.loads(out.getvalue()) if "--json" in arguments else out.getvalue()


class TestCommand:
    def test_each_supplier_has_a_line_and_nothing_is_written(self) -> None:
        facts.save_policy(coverage=30)
        make_supplier("ACME")
        make_supplier("NOBODY")
        make_supplier("DEPOT", kind="warehouse")
        facts.deliver(*[facts.delivery(f"PO-{n}", 0 if n < 8 else 3) for n in range(10)])

        found = run("--json")

        assert [row["code"] for row in found["suppliers"]] == ["ACME", "NOBODY"]
        acme, nobody = found["suppliers"]
        assert [acme[name] for name in ("n", "late", "on_time", "standing", "consequence")] == [
            10, 2, 0.8, "fair", "warn",
        ]  # fmt: skip
        # OTIF 80 % is 60 points and weighs 2, three days late at the ninth of ten are 70 points and weigh 1.
        assert acme["score"] == 63.3
        assert acme["score_interval"][0] < 63.3 < acme["score_interval"][1]
        assert (nobody["n"], nobody["score"], nobody["on_time"]) == (0, None, None)
        assert nobody["standing"] == "not_enough_data"
        assert not Scorecard.objects.exists()

    def test_as_of_an_earlier_day_it_is_what_it_was(self) -> None:
        facts.save_policy(coverage=0)
        make_supplier("ACME")
        facts.deliver(facts.delivery("PO-1", 5, promised=30))
        out = StringIO()
        call_command("scorecards", "--as-of", ago(28).isoformat(), "--json", stdout=out)
        row = json.loads(out.getvalue())["suppliers"][0]
        assert (row["n"], row["late"]) == (1, 1)

    def test_the_standing_follows_from_what_is_stored(self) -> None:
        facts.save_policy(coverage=0)
        supplier = make_supplier("ACME")
        make_certificate(supplier, until=ago(1), is_critical=True)
        rescore()
        assert run("--supplier", "ACME", "--json")["suppliers"][0]["standing"] == "stopped"

    def test_so_does_what_a_person_decided_as_far_as_it_goes_on(self, cast: Cast) -> None:
        facts.save_policy()
        supplier = make_supplier("ACME")
        rescore()
        decided: dict[str, Any] = {"until": TODAY, "reason": "Known.", "actor": cast.admin, "now": NOW}
        assessment.override(supplier_id=supplier.pk, version=1, consequence="none", **decided)
        assert run("--json")["suppliers"][0]["consequence"] == "none"
        make_certificate(supplier, until=ago(1), is_critical=True)
        assert run("--json")["suppliers"][0]["consequence"] == "block"

    def test_the_table_is_for_people(self) -> None:
        facts.save_policy()
        make_supplier("ACME")
        assert "ACME\t0\t0\t—" in run()

    @pytest.mark.parametrize(
        ("arguments", "sentence"), [(("--supplier", "NOBODY"), "NOBODY"), (("--as-of", "yesterday"), "yesterday")]
    )
    def test_what_cannot_be_meant_is_refused(self, arguments: tuple[str, ...], sentence: str) -> None:
        facts.save_policy()
        with pytest.raises(CommandError, match=sentence):
            call_command("scorecards", *arguments)

    def test_without_a_policy_it_says_how_to_get_one(self) -> None:
        with pytest.raises(CommandError, match="seed reference"):
            run()


class TestSeed:
    def test_it_is_loaded_once_and_stays_what_people_make_of_it(self) -> None:
        seeding.load_reference(now=NOW)
        facts.save_policy()
        seeding.load_reference(now=NOW)
        assert list(PolicyVersion.objects.order_by("number").values_list("number", flat=True)) == [1, 2]

    def test_it_knows_all_seven_dimensions_and_only_metrics_that_exist(self) -> None:
        seeding.load_reference(now=NOW)
        version = scorecards.current_policy()
        assert version is not None
        policy = scorecards.policy_of(version)
        assert set(policy.dimensions) == set(Dimension)
        assert {metric.key for part in policy.dimensions.values() for metric in part.metrics} <= set(METRICS)
        assert sum(part.weight for part in policy.dimensions.values()) == 100
