"""Words of questionnaires that several pages share."""

from django.utils.translation import gettext_lazy as _

from suppliers.questionnaires.rules.body import Severity

SEVERITIES = {
    Severity.CRITICAL: (_("Critical"), "bad"),
    Severity.HIGH: (_("High"), "bad"),
    Severity.MEDIUM: (_("Medium"), "warn"),
    Severity.LOW: (_("Low"), "info"),
}
# Each language in itself, as whoever reads it calls it.
LANGUAGES = {"en": "English", "zh-hans": "简体中文", "zh-hant": "繁體中文", "pl": "Polski"}
