"""Prepared texts: what each scenario must tell a customer, how a text is composed, and which language is used. Pure."""

from customercare.macros.rules.drafts import (
    SCENARIOS,
    Kind,
    MacroDraft,
    NewDate,
    Point,
    Scenario,
    VariantDraft,
    compose,
)
from customercare.macros.rules.files import read_macro
from customercare.macros.rules.languages import language_chain, resolve_language
from customercare.macros.rules.lint import Found, blocking, lint_macro, lint_variant
from customercare.macros.rules.sms import sms_segments

__all__ = [
    "SCENARIOS",
    "Found",
    "Kind",
    "MacroDraft",
    "NewDate",
    "Point",
    "Scenario",
    "VariantDraft",
    "blocking",
    "compose",
    "language_chain",
    "lint_macro",
    "lint_variant",
    "read_macro",
    "resolve_language",
    "sms_segments",
]
