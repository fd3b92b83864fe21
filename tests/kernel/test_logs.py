"""Log lines name requests, never the people in them."""

import pytest

from backoffice.kernel.logs import without_secrets


@pytest.mark.parametrize(
    ("request_line", "logged"),
    [
        ("GET /o/3f0c-token_of-an.order/", "GET /o/…/"),
        ("POST /q/token_of-a.sheet/", "POST /q/…/"),
        ("GET /orders/?q=ewa%40example.com&state=open", "GET /orders/?…"),
        ("POST /orders/7/expect/", "POST /orders/7/expect/"),
    ],
)
def test_a_request_is_logged_without_link_and_search(request_line: str, logged: str) -> None:
    event = without_secrets(None, "info", {"request": request_line, "ip": "192.0.2.1", "user_agent": "x", "code": 200})
    assert event == {"request": logged, "code": 200}


def test_a_page_that_broke_is_named_without_its_link() -> None:
    event = without_secrets(None, "error", {"event": "Internal Server Error: /q/token_of-a.sheet/"})
    assert event == {"event": "Internal Server Error: /q/…/"}
