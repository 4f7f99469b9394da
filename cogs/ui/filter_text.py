"""What is said of the filters of a page of results: one line of small print above them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cogs.text import phrases
from cogs.text.i18n import Translator
from cogs.text.markdown import plain
from cogs.text.models import full_name
from cogs.ui.filter_ids import Chosen, Whose, model_of


def filter_text(chosen: Chosen, models: Collection[str], translate: Translator) -> str:
    """Return which results a page shows; "" for all of the viewer's own."""
    filters = [*_filters(chosen, models, translate)]
    return translate(phrases.FILTERED, filters=translate.nouns(filters)) if filters else ""


def _filters(chosen: Chosen, models: Collection[str], translate: Translator) -> Iterator[str]:
    if chosen.find:
        yield translate(phrases.FILTER_TEXT, find=plain(chosen.find))
    if chosen.member_id is not None:
        yield f"<@{chosen.member_id}>"
    elif chosen.whose in (Whose.HERE, Whose.STARRED_HERE):
        yield translate(phrases.FILTER_SERVER)
    if (model := model_of(chosen.model, models)) is not None:
        yield plain(full_name(model, translate))
    if chosen.whose in (Whose.STARRED, Whose.STARRED_HERE):
        yield translate(phrases.FILTER_STARRED_BY_YOU)
    elif chosen.is_starred:
        yield translate(phrases.FILTER_STARRED)
    if chosen.since is not None:
        yield translate(phrases.FILTER_SINCE, day=chosen.since.isoformat())
    if chosen.until is not None:
        yield translate(phrases.FILTER_UNTIL, day=chosen.until.isoformat())
