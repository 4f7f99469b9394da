"""A server keeps at most fifty styles under names of their own, and knows who saved them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from imagegen.errors import Reason, Refused
from imagegen.image_request import ImageLink
from imagegen.policy.styles import MAX_STYLES, Style
from imagegen.store import admission, departures, erasure, member_data, server_settings, styles
from imagegen.store.engine import open_store
from imagegen.store.tables_members import reference_images
from imagegen.store.tables_members import styles as table
from tests.imagegen.store.books import IMAGE, LIMITS, NOON, Books
from tests.postgres import Cluster

SERVER, MANAGER = 7, 99


def save(books: Books, style: Style, images: int = 0, server_id: int = SERVER) -> Style:
    return books.run(
        styles.save, server_id, style, [IMAGE] * images, user_id=MANAGER, limits=books.limits, now=books.now
    )


def refusal(books: Books, style: Style) -> Reason:
    with pytest.raises(Refused) as caught:
        save(books, style)
    return caught.value.reason


def test_styles_are_listed_with_the_last_changed_first(books: Books) -> None:
    manga = save(books, Style("Manga", after="ink"))
    books.later(seconds=1)
    oil = save(books, Style("Oil", before="oil painting of"))
    books.later(seconds=1)
    changed = save(books, replace(manga, name="Comic"))

    assert books.run(styles.styles_of, SERVER) == (changed, oil)
    assert (changed.id, changed.name, changed.after) == (manga.id, "Comic", "ink")
    assert books.run(styles.styles_of, 8) == ()


def test_a_name_is_taken_in_any_case_and_only_in_its_server(books: Books) -> None:
    manga, oil = save(books, Style("Manga")), save(books, Style("Oil"))

    assert refusal(books, Style("ＭＡＮＧＡ")) is Reason.STYLE_NAME_TAKEN
    assert refusal(books, replace(oil, name="manga")) is Reason.STYLE_NAME_TAKEN
    assert save(books, Style("manga"), server_id=8).id != manga.id
    assert books.run(styles.named, SERVER, "mAnGa") == manga


def test_a_style_of_another_server_or_a_deleted_one_is_gone(books: Books) -> None:
    manga = save(books, Style("Manga"), images=2)

    with pytest.raises(Refused):
        books.run(styles.style_of, 8, manga.id)
    with pytest.raises(Refused):
        books.run(styles.remove, 8, manga.id, user_id=MANAGER, now=books.now)
    books.run(styles.remove, SERVER, manga.id, user_id=MANAGER, now=books.now)
    with pytest.raises(Refused) as caught:
        books.run(styles.named, SERVER, "Manga")

    assert caught.value.reason is Reason.STYLE_GONE
    assert refusal(books, manga) is Reason.STYLE_GONE
    assert books.run(lambda tx: tx.scalar(select(func.count()).select_from(reference_images))) == 0


def test_a_change_of_one_part_leaves_what_another_manager_changed_meanwhile(books: Books) -> None:
    manga = save(books, Style("Manga", after="ink"))
    save(books, replace(manga, after="colored ink"))

    by = {"user_id": MANAGER, "limits": books.limits, "now": books.now}
    changed = books.run(styles.save_change, SERVER, manga.id, lambda now: replace(now, model="wan2.6-t2i"), **by)

    assert (changed.after, changed.model) == ("colored ink", "wan2.6-t2i")
    assert books.run(styles.styles_of, SERVER) == (changed,)


def test_each_change_is_recorded_with_who_made_it(books: Books) -> None:
    manga = save(books, Style("Manga"))
    save(books, replace(manga, name="Comic"))
    books.run(styles.remove, SERVER, manga.id, user_id=5, now=books.now)

    found = books.run(server_settings.changes_of, SERVER, limit=9)

    assert [(change.what, change.before, change.after, change.user_id) for change in found] == [
        ("style", '"Comic"', "null", 5),
        ("style", '"Manga"', '"Comic"', MANAGER),
        ("style", "null", '"Manga"', MANAGER),
    ]


def test_new_images_replace_those_that_a_style_had(books: Books) -> None:
    manga = save(books, Style("Manga"), images=2)
    kept = save(books, replace(manga, after="ink"))
    changed = save(books, manga, images=1)

    assert kept.references == manga.references
    assert len(changed.references) == 1
    assert not set(changed.references) & set(manga.references)


def test_a_person_who_is_forgotten_leaves_the_style_to_its_server(books: Books) -> None:
    save(books, Style("Manga"))
    before = books.run(member_data.person, MANAGER)["styles_saved"]

    books.run(erasure.forget, MANAGER, limit=9, now=books.now)

    assert before == [{"server_id": SERVER, "name": "Manga", "at": books.now}]
    assert books.run(member_data.person, MANAGER)["styles_saved"] == []
    assert [style.name for style in books.run(styles.styles_of, SERVER)] == ["Manga"]


def test_a_server_that_the_bot_left_loses_its_styles_and_their_images(books: Books) -> None:
    save(books, Style("Manga"), images=1)
    books.run(departures.left, [SERVER], now=books.now)

    books.run(departures.purge, left_before=books.now + timedelta(days=1), limit=9)

    assert books.run(
        lambda tx: [tx.scalar(select(func.count()).select_from(t)) for t in (table, reference_images)]
    ) == [
        0,
        0,
    ]


def test_blocked_words_of_the_server_apply_to_the_words_of_a_style(books: Books) -> None:
    words = replace(books.run(server_settings.settings_of, SERVER), blocked_words=("goblin",))
    books.run(server_settings.set_settings, SERVER, words, user_id=MANAGER, now=books.now)
    ask = books.ask()
    plain = ask.image_request
    for wanted in (replace(plain, style_before="g0blin"), replace(plain, style_negative="G O B L I N")):
        styled = replace(ask, image_request=wanted)
        with pytest.raises(Refused) as caught:
            books.run(admission.accept, styled, plan=books.plan(styled), limits=books.limits, now=books.now)
        assert caught.value.reason is Reason.PROMPT_BLOCKED


def test_a_job_keeps_its_style_as_it_was(books: Books) -> None:
    style = save(books, Style("Manga", after="ink"), images=1)
    links = tuple(ImageLink("", style.name, reference_id=one) for one in style.references)
    ask = books.ask()
    wanted = replace(ask.image_request, images=links, style="Manga", style_after="ink", style_negative="color")
    ask = replace(ask, image_request=wanted)

    job = books.run(admission.accept, ask, plan=books.plan(ask), limits=books.limits, now=books.now).job

    assert job.request == wanted


async def test_managers_who_save_at_once_never_exceed_fifty(postgresql: Cluster) -> None:
    url = postgresql.database()
    stores = [await open_store(url), await open_store(url)]

    async def one(number: int) -> bool:
        style = Style(f"style {number}")
        try:
            await stores[number % 2].write(styles.save, SERVER, style, user_id=number, limits=LIMITS, now=NOON)
        except Refused as error:
            assert error.reason is Reason.STYLES_FULL
            return False
        return True

    saved = await asyncio.gather(*map(one, range(MAX_STYLES + 6)))
    found = await stores[0].read(styles.styles_of, SERVER)
    for store in stores:
        await store.close()

    assert (sum(saved), len(found)) == (MAX_STYLES, MAX_STYLES)
