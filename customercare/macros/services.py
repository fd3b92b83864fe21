"""Writes to macros: drafts may change, approval freezes the texts as wordings."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.messaging import services as messaging
from backoffice.messaging.models import Wording
from customercare.macros import rules, selectors
from customercare.macros.models import Macro, MacroVariant, MacroVersion


@transaction.atomic
def save_draft(
    *, draft: rules.MacroDraft, actor: User | None, now: datetime, seen_edits: int | None = None
) -> MacroVersion:
    """Write the macro's draft version: made when there is none, otherwise its texts replaced.

    seen_edits: the draft's edit count that the writer saw; another count raises Refusal "macro.changed"
    and nothing is written.
    """
    macro, _made = Macro.objects.get_or_create(
        key=draft.key,
        defaults={"name": draft.folder, "scenario": draft.scenario, "owner_role": draft.owner_role},
    )
    Macro.objects.filter(pk=macro.pk).update(name=draft.folder, scenario=draft.scenario, owner_role=draft.owner_role)
    version = _draft_version(macro, actor, now)
    _claim_edit(version, seen_edits)
    MacroVersion.objects.filter(pk=version.pk).update(needs_new_date=draft.needs_new_date)
    version.variants.all().delete()
    MacroVariant.objects.bulk_create([_variant(version, variant) for variant in draft.variants])
    audit.record(actor=actor, verb="macro.draft", subject=f"macro:{macro.pk}", now=now, version=version.number)
    version.refresh_from_db()
    return version


def _draft_version(macro: Macro, actor: User | None, now: datetime) -> MacroVersion:
    version = MacroVersion.objects.select_for_update().filter(macro=macro, state=MacroVersion.State.DRAFT).first()
    if version is not None:
        return version
    last = MacroVersion.objects.filter(macro=macro).aggregate(last=Max("number"))["last"] or 0
    return MacroVersion.objects.create(macro=macro, number=last + 1, created_by=actor, created_at=now)


def _claim_edit(version: MacroVersion, seen_edits: int | None) -> None:
    rows = MacroVersion.objects.filter(pk=version.pk)
    if seen_edits is not None:
        rows = rows.filter(edits=seen_edits)
    if not rows.update(edits=F("edits") + 1):
        raise Refusal("macro.changed", _("Somebody else changed this draft. Reload it; your text is below."))


def _variant(version: MacroVersion, draft: rules.VariantDraft) -> MacroVariant:
    return MacroVariant(
        version=version,
        language=draft.language,
        kind=draft.kind.value,
        subject=draft.subject,
        text=draft.text,
        offer=draft.offer,
        closing=draft.closing,
        says=sorted(point.value for point in draft.says),
    )


@transaction.atomic
def approve(*, version_id: int, actor: User | None, now: datetime) -> MacroVersion:
    """Approve a draft: it is linted, its wordings are written for good, the version before it retires.

    Raises Refusal "macro.lint" with the first problem, or "macro.not_a_draft".
    """
    version = MacroVersion.objects.select_for_update().select_related("macro").get(pk=version_id)
    if version.state != MacroVersion.State.DRAFT:
        raise Refusal("macro.not_a_draft", _("This version is no draft. Start a new draft to change the text."))
    if found := rules.blocking(rules.lint_macro(selectors.draft_of(version))):
        place = f"{found[0].place}: " if found[0].place else ""
        raise Refusal("macro.lint", place + found[0].problem.sentence(_))
    for variant in version.variants.all():
        _freeze(variant)
    MacroVersion.objects.filter(macro=version.macro, state=MacroVersion.State.APPROVED).update(
        state=MacroVersion.State.RETIRED
    )
    version.state = MacroVersion.State.APPROVED
    version.approved_by, version.approved_at = actor, now
    version.save(update_fields=["state", "approved_by", "approved_at"])
    audit.record(
        actor=actor, verb="macro.approve", subject=f"macro:{version.macro_id}", now=now, version=version.number
    )
    return version


def _freeze(variant: MacroVariant) -> None:
    draft = selectors.variant_draft(variant)
    variant.plain_wording = _wording(variant, draft, with_voucher=False)
    variant.offer_wording = _wording(variant, draft, with_voucher=True) if draft.offer.strip() else None
    variant.save(update_fields=["plain_wording", "offer_wording"])


def _wording(variant: MacroVariant, draft: rules.VariantDraft, *, with_voucher: bool) -> Wording:
    subject, text = rules.compose(draft, with_voucher=with_voucher)
    return messaging.ensure_wording(language=variant.language, channel=variant.channel, subject=subject, text=text)


@transaction.atomic
def plan_review(*, macro_id: int, review_on: date | None, actor: User, now: datetime) -> None:
    """Say when somebody should read this macro again."""
    if Macro.objects.filter(pk=macro_id).exclude(review_on=review_on).update(review_on=review_on):
        day = review_on.isoformat() if review_on else None
        audit.record(actor=actor, verb="macro.review", subject=f"macro:{macro_id}", now=now, review_on=day)
