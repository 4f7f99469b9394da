"""Days as people type them: ``2026-11-05``, ``2026-11``, ``7d``, ``yesterday``, ``2026年11月5日``. Pure."""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date, timedelta

from imagegen.errors import Reason, Refused

CHARS = 24  # of a day as typed
_DATE = re.compile(r"(20\d\d)(?:\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2})\s*日?)?)?\s*[年月]?")
_AGO = re.compile(r"(\d{1,4})\s*(d|days?|天|日|w|weeks?|周|週|m|months?|个月|y|years?|年)\s*(?:ago|前)?")
_UNIT_DAYS = {"d": 1, "天": 1, "日": 1, "w": 7, "周": 7, "週": 7, "m": 30, "个": 30, "y": 365, "年": 365}
_NAMED = {"today": 0, "今天": 0, "yesterday": 1, "昨天": 1}


def day_of(text: str, today: date, *, is_end: bool = False) -> date | None:
    """Return the day that *text* names; None for no text. A month or a year is its first day, or its last if *is_end*.

    Raises Refused NO_DAY.
    """
    typed = unicodedata.normalize("NFKC", text[:CHARS]).strip().casefold()
    if not typed:
        return None
    try:
        return _day(typed, today, is_end)
    except (ValueError, OverflowError):
        raise Refused(Reason.NO_DAY) from None


def _day(typed: str, today: date, is_end: bool) -> date:
    if typed in _NAMED:
        return today - timedelta(days=_NAMED[typed])
    if ago := _AGO.fullmatch(typed):
        days = int(ago[1]) * _UNIT_DAYS[ago[2][0]]
        if days < 20 * 365:  # else it is a year, such as "2026年"
            return today - timedelta(days=days)
    if (found := _DATE.fullmatch(typed)) is None:
        raise ValueError
    year, month = int(found[1]), int(found[2] or (12 if is_end else 1))
    last = calendar.monthrange(year, month)[1]
    return date(year, month, int(found[3] or (last if is_end else 1)))
