"""Days and moments are read by a declared form and zone; a time that is missing or twice is never guessed."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from backoffice.kernel import times
from backoffice.kernel.errors import Refusal

WARSAW = ZoneInfo("Europe/Warsaw")
UTC_ZONE = ZoneInfo("UTC")


def moment(text: str, zone: ZoneInfo = WARSAW, form: str = times.ISO) -> datetime:
    return times.parse_moment(text, formats=[form], zone=zone)


@pytest.mark.parametrize(
    ("text", "in_utc"),
    [
        ("2026-07-01T12:00", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026-07-01 12:00:00", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026-07-01T12:00Z", datetime(2026, 7, 1, 12, tzinfo=UTC)),
        ("2026-01-01T00:00+14:00", datetime(2025, 12, 31, 10, tzinfo=UTC)),
        ("2026-10-25T02:30+01:00", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2028-02-29", datetime(2028, 2, 28, 23, tzinfo=UTC)),
    ],
)
def test_moments_are_kept_in_utc(text: str, in_utc: datetime) -> None:
    assert moment(text) == in_utc
    assert moment(text).utcoffset() == in_utc.utcoffset()


def test_the_hour_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(Refusal, match="does not exist in Europe/Warsaw") as refused:
        moment("2026-03-29T02:30")
    assert refused.value.code == "time.missing"


def test_the_hour_that_happens_twice_is_refused_with_both_offsets() -> None:
    with pytest.raises(Refusal, match="happens twice") as refused:
        moment("2026-10-25T02:30")
    assert refused.value.code == "time.twice"
    assert "2026-10-25T02:30:00+02:00" in refused.value.message
    assert "2026-10-25T02:30:00+01:00" in refused.value.message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2027-02-29", "time.format"),
        ("0001-01-01", "time.year"),
        ("10000-01-01", "time.format"),
        ("9999-12-31T23:59:59-14:00", "time.year"),
        ("2026-01-01T00:00+14:30", "time.offset"),
        ("2026-W05-1", "time.format"),
        ("２026-01-01", "time.format"),
        ("yesterday", "time.format"),
        ("", "time.format"),
    ],
)
def test_what_is_no_moment_is_refused(text: str, code: str) -> None:
    with pytest.raises(Refusal, match=r".") as refused:
        moment(text)
    assert refused.value.code == code


def test_the_declared_form_decides_between_day_and_month_first() -> None:
    assert times.parse_day("02.03.2026", formats=["%d.%m.%Y"]) == date(2026, 3, 2)
    assert times.parse_day("02.03.2026", formats=["%m.%d.%Y"]) == date(2026, 2, 3)
    with pytest.raises(Refusal, match=r"Write it like 23\.11\.2026"):
        times.parse_day("2026-03-02", formats=["%d.%m.%Y"])


def test_the_first_form_that_fits_counts() -> None:
    forms = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d"]
    assert times.parse_moment("2026-03-02", formats=forms, zone=UTC_ZONE) == datetime(2026, 3, 2, tzinfo=UTC)


def test_a_form_must_say_the_whole_day() -> None:
    assert all(times.is_format(form) for form in ("iso", "%d.%m.%Y", "%Y-%m-%d %H:%M:%S", "%d %b %Y"))
    assert not any(times.is_format(form) for form in ("", "day", "%d.%m.", "%H:%M", "%d %d", "%", "%Q"))
