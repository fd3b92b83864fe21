"""Handing out evidence: to be saved, never to be shown by the browser as a page of ours."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header

from backoffice.kernel import access
from backoffice.kernel.roles import Capability
from suppliers.evidence import services as evidence
from suppliers.evidence.folder import path_of
from suppliers.evidence.models import EvidenceFile
from suppliers.evidence.rules import TYPES

POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


@access.require(read=Capability.VIEW_COST)
def download(request: access.StaffRequest, key: str) -> HttpResponse:
    """One file, for those who see what suppliers cost: papers of suppliers name prices."""
    row = get_object_or_404(EvidenceFile, key=key)
    try:
        content = path_of(row.key).read_bytes()
    except FileNotFoundError as gone:
        raise Http404 from gone
    evidence.note_download(row=row, actor=request.user, now=timezone.now())
    response = HttpResponse(content, content_type=TYPES[row.kind].mime)
    response.headers["Content-Disposition"] = content_disposition_header(True, row.shown_name) or "attachment"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
