"""The one answer that loosens the site's policy: the HTML of a mail, for a sandboxed frame."""

from django.http import HttpResponse

# Styles inside the mail are kept, and nothing else works in it.
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"


def framed(html: str) -> HttpResponse:
    """The mail alone. Whatever it contains runs nothing, loads nothing and is shown only inside our own pages."""
    response = HttpResponse(html)
    response["Content-Security-Policy"] = POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Referrer-Policy"] = "no-referrer"
    return response
