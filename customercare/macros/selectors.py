"""Reads of macros."""

from collections.abc import Iterable

from customercare.macros import rules
from customercare.macros.models import Macro, MacroVariant, MacroVersion


def draft_of(version: MacroVersion) -> rules.MacroDraft:
    """The version as the plain data that the lint reads."""
    macro = version.macro
    return rules.MacroDraft(
        key=macro.key,
        folder=macro.name,
        scenario=macro.scenario,
        owner_role=macro.owner_role,
        needs_new_date=version.needs_new_date,
        variants=tuple(variant_draft(variant) for variant in version.variants.order_by("language", "kind")),
    )


def variant_draft(variant: MacroVariant) -> rules.VariantDraft:
    return rules.VariantDraft(
        language=variant.language,
        kind=rules.Kind(variant.kind),
        subject=variant.subject,
        text=variant.text,
        closing=variant.closing,
        offer=variant.offer,
        says=frozenset(rules.Point(name) for name in variant.says),
    )


def approved(*, key: str) -> MacroVersion | None:
    """The approved version of a macro, by key."""
    return (
        MacroVersion.objects.select_related("macro").filter(macro__key=key, state=MacroVersion.State.APPROVED).first()
    )


def approved_for(*, scenarios: Iterable[str] = ()) -> list[MacroVersion]:
    """Approved versions, those of the given scenarios first."""
    wanted = list(scenarios)
    versions = MacroVersion.objects.select_related("macro").filter(state=MacroVersion.State.APPROVED)
    return sorted(versions, key=lambda v: (v.macro.scenario not in wanted, v.macro.name))


def texts(version: MacroVersion) -> dict[tuple[str, str], MacroVariant]:
    """The version's variants by (language, kind), with their wordings at hand."""
    rows = version.variants.select_related("plain_wording", "offer_wording")
    return {(row.language, row.kind): row for row in rows}


def folders() -> list[Macro]:
    """All macros by name, versions at hand."""
    return list(Macro.objects.prefetch_related("versions").order_by("name"))


def exists(*, key: str) -> bool:
    return Macro.objects.filter(key=key).exists()
