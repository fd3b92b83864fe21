"""The page on which a supplier answers: for whoever holds the link, without a login."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation

from backoffice.kernel import access, guesses
from backoffice.kernel.errors import Unavailable
from suppliers.questionnaires import selectors
from suppliers.questionnaires import services as questionnaires
from suppliers.questionnaires.models import AnswerSheet, SheetLink
from suppliers.questionnaires.rules.body import LANGUAGES
from suppliers.questionnaires.views import filling
from suppliers.questionnaires.views.showing import Desk
from suppliers.questionnaires.words import LANGUAGES as LANGUAGE_NAMES

# One place may try so many links that are none; whoever holds a link may save so often.
STRANGERS = guesses.Limit("sheet_link", misses=30, seconds=600)
SAVES = guesses.Limit("sheet_saves", misses=900, seconds=3_600)
TOO_MANY = 429


@access.own("supplier link", methods=("GET", "HEAD", "POST"))
def answers(request: HttpRequest, token: str) -> HttpResponse:
    """The questions, and saving and handing in what was answered."""
    now = timezone.now()
    link = selectors.find_link(token=token, now=now)
    if link is None:
        return _gone(request)
    language = _language(request, link.sheet)
    with translation.override(language):
        response = _answered(request, link, token, language)
    response.headers["Content-Language"] = language
    return private(response)


def _answered(request: HttpRequest, link: SheetLink, token: str, language: str) -> HttpResponse:
    sheet, now = link.sheet, timezone.now()
    url = reverse("sheet:answers", args=[token])
    if sheet.state != AnswerSheet.State.OPEN:
        return _thanks(request, sheet, language) if request.method != "POST" else redirect(url)
    extra = {"shop_name": "", "has_errors": False}
    desk = Desk(sheet, language, url, url, "suppliers/public/answers.html", link=link, extra=extra)
    if request.method == "POST":
        if _waits(SAVES, str(link.pk)):
            return render(request, "429.html", status=TOO_MANY)
        return filling.answer(request, desk, now=now)
    questionnaires.note_opened(link=link, now=now)
    return filling.show(request, desk)


def _thanks(request: HttpRequest, sheet: AnswerSheet, language: str) -> HttpResponse:
    context = {
        "sheet": sheet,
        "title": selectors.body_of(sheet.questionnaire).title.in_language(language),
        "languages": [(code, LANGUAGE_NAMES[code]) for code in LANGUAGES],
    }
    return render(request, "suppliers/public/thanks.html", context)


def _gone(request: HttpRequest) -> HttpResponse:
    """One answer for a wrong link, for one that was revoked and for one that is over."""
    if _waits(STRANGERS, request.META.get("REMOTE_ADDR", "")):
        return private(render(request, "429.html", status=TOO_MANY))
    return private(render(request, "suppliers/public/gone.html", status=404))


def _waits(limit: guesses.Limit, who: str) -> bool:
    """Whether somebody has to wait; where nothing can be counted nobody has to, for the links are long enough."""
    try:
        return bool(guesses.take(wanted=[(limit, who)], now=timezone.now()).wait)
    except Unavailable:
        return False


def _language(request: HttpRequest, sheet: AnswerSheet) -> str:
    asked = request.POST.get("lang") or request.GET.get("lang", "")
    return asked if asked in LANGUAGES else sheet.language


def private(response: HttpResponse) -> HttpResponse:
    """Nothing between us and the supplier keeps this page, and no other site is told where it was.

    With no-referrer a browser sends its form without an origin, and the forgery check refuses it.
    """
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
