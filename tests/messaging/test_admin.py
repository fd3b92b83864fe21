"""Addresses that are not written to: added and taken away by people, with a reason."""

import pytest
from django.urls import reverse

from backoffice.kernel.models import AuditEntry
from backoffice.kernel.roles import Role
from backoffice.messaging.models import Suppression
from tests.conftest import ClientFor

pytestmark = pytest.mark.django_db
LIST = "/admin/messaging/suppression/"
READERS = (Role.ADMIN, Role.SHOP_MANAGER, Role.SUPPORT_AGENT, Role.AUDITOR)
WRITERS = (Role.ADMIN, Role.SHOP_MANAGER)


@pytest.mark.parametrize("role", list(Role))
def test_who_reads_and_who_changes_the_list(client_for: ClientFor, role: Role) -> None:
    client = client_for(role, sudo=True)
    row = Suppression.objects.create(address="ewa@example.com", reason="asked")
    remove = reverse("admin:messaging_suppression_remove", args=[row.pk])
    assert client.get(LIST).status_code == (200 if role in READERS else 403)
    assert client.get(f"{LIST}add/").status_code == (200 if role in WRITERS else 403)
    assert client.post(remove, {"reason": ""}).status_code == (422 if role in WRITERS else 403)
    assert Suppression.objects.count() == 1


@pytest.mark.parametrize(
    "typed", ["nobody", "a@b", "a@example.com, b@example.com", "a\r\n@example.com", "ąę@example.com"]
)
def test_what_is_no_address_is_refused_and_stays_typed(client_for: ClientFor, typed: str) -> None:
    answer = client_for(Role.ADMIN, sudo=True).post(
        f"{LIST}add/", {"address": typed, "category": "", "reason": "asked"}
    )
    assert answer.status_code == 422
    assert not Suppression.objects.exists()
    assert not AuditEntry.objects.exists()


def test_an_address_is_added_once_and_taken_off_with_a_reason(client_for: ClientFor) -> None:
    client = client_for(Role.SHOP_MANAGER, sudo=True)
    form = {"address": " Ewa@Example.com ", "category": "", "reason": "asked by phone"}
    assert client.post(f"{LIST}add/", form).status_code == 302
    row = Suppression.objects.get()
    assert row.address == "ewa@example.com"
    assert client.post(f"{LIST}add/", form).status_code == 422
    remove = reverse("admin:messaging_suppression_remove", args=[row.pk])
    assert client.post(remove, {"reason": "asked again"}).status_code == 302
    assert not Suppression.objects.exists()
    assert [entry.verb for entry in AuditEntry.objects.order_by("id")] == ["suppression.add", "suppression.remove"]
    assert "ewa" not in str(list(AuditEntry.objects.values_list("detail", "subject")))
