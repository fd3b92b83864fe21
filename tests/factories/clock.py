"""The moment at which the stories in the tests happen."""

from datetime import UTC, datetime

# A Saturday noon in the Black Friday week.
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
