"""Every page there is, and why an address is none. test_pages holds this list to the URLconf."""

from dataclasses import dataclass
from typing import Final

ADMIN = "admin/customercare/incident/<int:pk>"


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at a page. url: with names of the world in braces; who: "" is a stranger; sealed: a frame's content,
    in which the policy lets nothing run."""

    route: str
    url: str
    who: str = "ada"
    status: int = 200
    sealed: bool = False

    def __str__(self) -> str:
        return f"{self.url}{'' if self.who == 'ada' else ' as ' + (self.who or 'a stranger')}"


def _office(model: str, *, name: str, add: bool = False) -> tuple[Visit, ...]:
    """List and form of a model in the office."""
    base = f"admin/{model}/"
    found = [Visit(base, f"/{base}"), Visit(f"{base}<path:object_id>/change/", f"/{base}{{{name}}}/change/")]
    if add:
        found.append(Visit(f"{base}add/", f"/{base}add/"))
    return tuple(found)


VISITS: Final = (
    Visit("login/", "/login/", who=""),
    Visit("login/", "/login/?next=/orders/", who=""),
    Visit("confirm-password/", "/confirm-password/?next=/orders/"),
    Visit("password/", "/password/"),
    Visit("password/done/", "/password/done/"),
    Visit("orders/", "/orders/"),
    Visit("orders/", "/orders/", who="agata"),
    Visit("orders/", "/orders/?view=late"),
    Visit("orders/", "/orders/?q=nothing-is-called-so"),
    Visit("orders/<int:pk>/", "/orders/{order}/"),
    Visit("orders/<int:pk>/", "/orders/{order_plain}/", who="agata"),
    Visit("orders/<int:pk>/parcels/", "/orders/{order}/parcels/"),
    Visit("orders/<int:pk>/parcels/", "/orders/{order_plain}/parcels/"),
    Visit("suppliers/", "/suppliers/"),
    Visit("suppliers/", "/suppliers/?view=due"),
    Visit("suppliers/", "/suppliers/?q=nobody-is-called-so"),
    Visit("suppliers/<int:pk>/", "/suppliers/{supplier}/"),
    Visit("suppliers/<int:pk>/", "/suppliers/{supplier}/", who="agata"),
    Visit("suppliers/<int:pk>/", "/suppliers/{supplier_plain}/"),
    Visit("suppliers/new/", "/suppliers/new/"),
    Visit("suppliers/<int:pk>/edit/", "/suppliers/{supplier}/edit/"),
    Visit("suppliers/<int:pk>/contacts/new/", "/suppliers/{supplier}/contacts/new/"),
    Visit("suppliers/contacts/<int:pk>/", "/suppliers/contacts/{contact}/"),
    Visit("suppliers/<int:pk>/certificates/new/", "/suppliers/{supplier}/certificates/new/"),
    Visit("suppliers/certificates/<int:pk>/", "/suppliers/certificates/{certificate}/"),
    Visit("suppliers/<int:pk>/talks/", "/suppliers/{supplier}/talks/"),
    Visit("suppliers/<int:pk>/talks/", "/suppliers/{supplier_plain}/talks/", who="agata"),
    Visit("suppliers/<int:pk>/items/", "/suppliers/{supplier}/items/"),
    Visit("suppliers/<int:pk>/items/new/", "/suppliers/{supplier}/items/new/"),
    Visit("suppliers/items/<int:pk>/", "/suppliers/items/{item}/"),
    Visit("suppliers/products/<int:pk>/", "/suppliers/products/{product}/?quantity=130"),
    Visit("suppliers/products/<int:pk>/", "/suppliers/products/{product}/", who="agata"),
    Visit("suppliers/coverage/", "/suppliers/coverage/"),
    Visit("suppliers/coverage/", "/suppliers/coverage/?view=single"),
    Visit("suppliers/<int:pk>/stops/", "/suppliers/{supplier}/stops/"),
    Visit("suppliers/<int:pk>/stops/", "/suppliers/{supplier}/stops/", who="agata"),
    Visit("suppliers/<int:pk>/stops/", "/suppliers/{supplier_plain}/stops/"),
    Visit("suppliers/<int:pk>/default/", "/suppliers/{supplier_plain}/default/"),
    Visit("suppliers/<int:pk>/lift/", "/suppliers/{supplier}/lift/"),
    Visit("suppliers/items/<int:pk>/verify/", "/suppliers/items/{item}/verify/"),
    Visit("suppliers/<int:pk>/switch/", "/suppliers/{supplier}/switch/"),
    Visit("suppliers/<int:pk>/switch/", "/suppliers/{supplier_plain}/switch/"),
    Visit("suppliers/switches/<int:pk>/", "/suppliers/switches/{switch}/"),
    Visit("suppliers/imports/", "/suppliers/imports/"),
    Visit("suppliers/imports/new/", "/suppliers/imports/new/"),
    Visit("suppliers/imports/<int:pk>/", "/suppliers/imports/{import_columns}/"),
    Visit("suppliers/imports/<int:pk>/", "/suppliers/imports/{import_rows}/"),
    Visit("suppliers/imports/<int:pk>/", "/suppliers/imports/{import_done}/"),
    Visit("suppliers/imports/<int:pk>/columns/", "/suppliers/imports/{import_columns}/columns/"),
    Visit("suppliers/imports/<int:pk>/rows/", "/suppliers/imports/{import_rows}/rows/"),
    Visit("suppliers/prospects/", "/suppliers/prospects/"),
    Visit("suppliers/prospects/", "/suppliers/prospects/?view=dropped"),
    Visit("suppliers/prospects/new/", "/suppliers/prospects/new/"),
    Visit("suppliers/prospects/<int:pk>/", "/suppliers/prospects/{prospect}/"),
    Visit("suppliers/prospects/<int:pk>/edit/", "/suppliers/prospects/{prospect}/edit/"),
    Visit("suppliers/<int:pk>/score/", "/suppliers/{supplier}/score/"),
    Visit("suppliers/<int:pk>/score/", "/suppliers/{supplier}/score/", who="agata"),
    Visit("suppliers/<int:pk>/score/", "/suppliers/{supplier_plain}/score/"),
    Visit("suppliers/<int:pk>/score/<slug:dimension>/", "/suppliers/{supplier}/score/delivery/"),
    Visit("suppliers/<int:pk>/score/<slug:dimension>/", "/suppliers/{supplier}/score/compliance/?facts=paper"),
    Visit("suppliers/<int:pk>/assessments/new/", "/suppliers/{supplier}/assessments/new/"),
    Visit("suppliers/assessments/<int:pk>/", "/suppliers/assessments/{assessment}/"),
    Visit("suppliers/assessments/<int:pk>/submit/", "/suppliers/assessments/{assessment}/submit/"),
    Visit("suppliers/<int:pk>/events/new/", "/suppliers/{supplier}/events/new/"),
    Visit("suppliers/events/<int:pk>/", "/suppliers/events/{event}/"),
    Visit("suppliers/<int:pk>/score/<slug:dimension>/", "/suppliers/{supplier}/score/quality/?facts=action"),
    Visit("suppliers/products/<int:pk>/prices/", "/suppliers/products/{product}/prices/"),
    Visit("suppliers/policy/", "/suppliers/policy/"),
    Visit("suppliers/policy/", "/suppliers/policy/", who="agata"),
    Visit("suppliers/policy/<int:number>/", "/suppliers/policy/1/?against=2"),
    Visit("suppliers/policy/new/", "/suppliers/policy/new/"),
    Visit("suppliers/actions/", "/suppliers/actions/"),
    Visit("suppliers/actions/", "/suppliers/actions/?view=overdue&q=nobody"),
    Visit("suppliers/actions/<int:pk>/", "/suppliers/actions/{action}/"),
    Visit("suppliers/actions/<int:pk>/", "/suppliers/actions/{action}/", who="agata"),
    Visit("suppliers/actions/<int:pk>/change/", "/suppliers/actions/{action}/change/"),
    Visit("suppliers/actions/<int:pk>/<slug:name>/", "/suppliers/actions/{action}/reject/"),
    Visit("suppliers/<int:pk>/actions/new/", "/suppliers/{supplier}/actions/new/?cause=lateness"),
    Visit("suppliers/<int:pk>/standing/", "/suppliers/{supplier}/standing/"),
    Visit("messages/", "/messages/"),
    Visit("messages/", "/messages/?view=uncertain"),
    Visit("messages/", "/messages/?view=drill"),
    Visit("messages/", "/messages/?q=nobody-is-called-so"),
    Visit("messages/<int:pk>/", "/messages/{message_sent}/"),
    Visit("messages/<int:pk>/", "/messages/{message_uncertain}/"),
    Visit("messages/<int:pk>/", "/messages/{message_failed}/", who="agata"),
    Visit("messages/<int:pk>/", "/messages/{message_drill}/"),
    Visit("messages/<int:pk>/body/", "/messages/{message_sent}/body/", sealed=True),
    Visit("messages/sending/", "/messages/sending/"),
    Visit("messages/pause/", "/messages/pause/"),
    Visit("messages/resume/", "/messages/resume/"),
    Visit("messages/sends/", "/messages/sends/"),
    Visit("messages/sends/new/", "/messages/sends/new/?view=late", who="agata"),
    Visit("messages/sends/new/", "/messages/sends/new/"),
    Visit("messages/sends/<int:pk>/", "/messages/sends/{send_check}/", who="agata"),
    Visit("messages/sends/<int:pk>/", "/messages/sends/{send_running}/", who="agata"),
    Visit(
        "messages/sends/<int:pk>/sample/<int:leader>/",
        "/messages/sends/{send_check}/sample/{leader_send_check}/",
        sealed=True,
    ),
    Visit("messages/sends/order/<int:pk>/", "/messages/sends/order/{order}/"),
    Visit("messages/sends/order/<int:pk>/", "/messages/sends/order/{order_plain}/"),
    Visit("o/<str:token>/", "/o/{token}/", who=""),
    Visit("o/<str:token>/", "/o/{token_plain}/", who=""),
    Visit("o/<str:token>/", "/o/no-such-link/", who="", status=404),
    Visit("admin/", "/admin/"),
    Visit("admin/^(?P<app_label>kernel|messaging|customercare)/$", "/admin/customercare/"),
    *_office("kernel/user", name="user", add=True),
    Visit("admin/kernel/user/<int:pk>/password/", "/admin/kernel/user/{user}/password/"),
    *_office("kernel/store", name="store", add=True),
    *_office("kernel/limit", name="limit", add=True),
    *_office("kernel/apikey", name="key", add=True),
    Visit("admin/kernel/apikey/<int:pk>/end/", "/admin/kernel/apikey/{key}/end/"),
    Visit("admin/kernel/approval/", "/admin/kernel/approval/"),
    Visit("admin/kernel/auditentry/", "/admin/kernel/auditentry/"),
    *_office("messaging/suppression", name="suppression", add=True),
    Visit("admin/messaging/suppression/<int:pk>/remove/", "/admin/messaging/suppression/{suppression}/remove/"),
    *_office("customercare/budget", name="budget", add=True),
    *_office("customercare/grant", name="grant"),
    *_office("customercare/voucher", name="voucher"),
    Visit("admin/customercare/voucher/<int:pk>/revoke/", "/admin/customercare/voucher/{voucher}/revoke/"),
    Visit("admin/customercare/macro/", "/admin/customercare/macro/"),
    Visit("admin/customercare/macro/add/", "/admin/customercare/macro/add/"),
    Visit("admin/customercare/macro/<path:object_id>/change/", "/admin/customercare/macro/{macro}/change/?order=H-1"),
    Visit("admin/customercare/macro/<path:object_id>/change/", "/admin/customercare/macro/{macro_plain}/change/"),
    Visit("admin/customercare/macro/<int:pk>/draft/", "/admin/customercare/macro/{macro}/draft/"),
    Visit("admin/customercare/macro/<int:pk>/publish/", "/admin/customercare/macro/{macro}/publish/"),
    Visit("admin/customercare/macro/<int:pk>/compare/<int:number>/", "/admin/customercare/macro/{macro}/compare/2/"),
    Visit(
        "admin/customercare/macro/<int:pk>/version/<int:number>/frame/<slug:language>/<slug:kind>/",
        "/admin/customercare/macro/{macro}/version/1/frame/pl/main/?order=H-1",
        sealed=True,
    ),
    Visit("admin/customercare/incident/", "/admin/customercare/incident/"),
    Visit("admin/customercare/incident/add/", "/admin/customercare/incident/add/"),
    Visit(f"{ADMIN}/edit/", "/admin/customercare/incident/{incident_draft}/edit/"),
    Visit(f"{ADMIN}/audience/", "/admin/customercare/incident/{incident_draft}/audience/"),
    Visit(f"{ADMIN}/audience/", "/admin/customercare/incident/{incident_undecided}/audience/"),
    Visit(f"{ADMIN}/audience/", "/admin/customercare/incident/{incident_completed}/audience/"),
    Visit(f"{ADMIN}/check/", "/admin/customercare/incident/{incident_draft}/check/"),
    Visit(f"{ADMIN}/check/", "/admin/customercare/incident/{incident_undecided}/check/"),
    Visit(f"{ADMIN}/check/", "/admin/customercare/incident/{incident_previewed}/check/"),
    Visit(f"{ADMIN}/check/", "/admin/customercare/incident/{incident_waiting}/check/"),
    Visit(f"{ADMIN}/check/", "/admin/customercare/incident/{incident_waiting}/check/", who="bea"),
    Visit(
        f"{ADMIN}/sample/<int:leader>/",
        "/admin/customercare/incident/{incident_previewed}/sample/{leader_previewed}/",
        sealed=True,
    ),
    Visit(f"{ADMIN}/room/", "/admin/customercare/incident/{incident_previewed}/room/"),
    Visit(f"{ADMIN}/room/", "/admin/customercare/incident/{incident_waiting}/room/"),
    Visit(f"{ADMIN}/room/", "/admin/customercare/incident/{incident_holding}/room/"),
    Visit(f"{ADMIN}/room/", "/admin/customercare/incident/{incident_running}/room/"),
    Visit(f"{ADMIN}/room/", "/admin/customercare/incident/{incident_paused}/room/"),
    Visit(f"{ADMIN}/room/", "/admin/customercare/incident/{incident_completed}/room/"),
    Visit(f"{ADMIN}/room/", "/admin/customercare/incident/{incident_cancelled}/room/"),
    Visit(f"{ADMIN}/room/", "/admin/customercare/incident/{incident_drill}/room/"),
    Visit(f"{ADMIN}/act/<slug:name>/", "/admin/customercare/incident/{incident_running}/act/cancel/"),
    Visit("admin/(?P<url>.*)$", "/admin/no-such-page", status=404),
)

_MOVED = "leads on to another page at once"
_SERVICE = "an answer for machines"
_POST = "takes POST alone; its refusals come back on the page that posted"
_PART = "a part that a page above replaces in itself; that page is visited"
_HISTORY = "leads on to the audit log"
_ROW = "refuses: its row in the list says everything"
_NO_ADD = "refuses: nobody makes these by hand"
NOT_PAGES: Final = {
    "": _MOVED,
    "logout/": _POST,
    "i18n/setlang/": _POST,
    "healthz": _SERVICE,
    "readyz": _SERVICE,
    "messages/<int:pk>/resend/": _POST,
    "messages/<int:pk>/mark-delivered/": _POST,
    "messages/sends/<int:pk>/progress/": _PART,
    "messages/sends/<int:pk>/confirm/": _POST,
    "messages/sends/<int:pk>/approve/": _POST,
    "messages/sends/<int:pk>/do/<slug:verb>/": _POST,
    "orders/<int:pk>/expect/": _POST,
    "suppliers/items/<int:pk>/move/": _POST,
    "suppliers/imports/<int:pk>/errors/": "a file to save",
    "suppliers/imports/<int:pk>/run/": _POST,
    "suppliers/imports/<int:pk>/undo/": _POST,
    "suppliers/imports/<int:pk>/drop/": _POST,
    "suppliers/switches/<int:pk>/confirm/": _POST,
    "suppliers/switches/<int:pk>/undo/": _POST,
    "suppliers/prospects/<int:pk>/turn/": _POST,
    "admin/login/": _MOVED,
    "admin/logout/": _POST,
    "admin/password_change/": _MOVED,
    "admin/password_change/done/": _MOVED,
    "admin/autocomplete/": _SERVICE,
    "admin/jsi18n/": _SERVICE,
    "admin/r/<path:content_type_id>/<path:object_id>/": _MOVED,
    "admin/kernel/auditentry/export/": "a file to save",
    "admin/kernel/approval/<path:object_id>/change/": _ROW,
    "admin/kernel/auditentry/<path:object_id>/change/": _ROW,
    "admin/kernel/approval/add/": _NO_ADD,
    "admin/kernel/auditentry/add/": _NO_ADD,
    "admin/customercare/grant/add/": _NO_ADD,
    "admin/customercare/voucher/add/": _NO_ADD,
    "admin/customercare/incident/<path:object_id>/change/": _MOVED,
    f"{ADMIN}/progress/": _PART,
    f"{ADMIN}/message/<int:message>/<slug:name>/": _POST,
}
# Whole families: the API answers JSON; every admin model has these two, which lead on.
NOT_PAGES_UNDER: Final = {"api/": _SERVICE}
NOT_PAGES_ENDING: Final = {"<path:object_id>/history/": _HISTORY, "<path:object_id>/": _MOVED}
