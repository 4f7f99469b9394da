"""Characters are stored once, used only with the consent of the person they show, and erased with that person."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from imagegen.errors import Reason, Refused
from imagegen.policy.characters import Character
from imagegen.policy.server_settings import Consent
from imagegen.store import characters, erasure, member_data, server_settings
from imagegen.store.tables_members import reference_images
from tests.imagegen.store.books import IMAGE, Books

ANA, BO, CY = 1, 2, 3


def add(books: Books, name: str = "Momo", user_id: int = ANA, person_id: int | None = None, most: int = 3) -> Character:
    more = {"person_id": person_id, "most": most, "limits": books.limits, "now": books.now}
    return books.run(characters.add, user_id, name, [IMAGE, IMAGE], **more)


def names(books: Books, user_id: int = ANA) -> list[str]:
    return [each.name for each in books.run(characters.of_member, user_id)]


def stored_images(books: Books) -> int:
    return len(books.run(lambda tx: tx.scalars(select(reference_images.c.id)).all()))


def refused(books: Books, *args: object, **more: object) -> Reason:
    with pytest.raises(Refused) as found:
        add(books, *args, **more)  # type: ignore[arg-type]  # those of add
    return found.value.reason


def test_a_name_is_unique_for_a_member_in_any_case(books: Books) -> None:
    add(books, "Momo")

    assert refused(books, "ＭＯＭＯ") is Reason.CHARACTER_EXISTS
    assert add(books, "momo", BO).name == "momo"


def test_a_member_has_a_limited_number_of_characters(books: Books) -> None:
    for name in "abc":
        add(books, name)

    assert refused(books, "d") is Reason.TOO_MANY_CHARACTERS
    assert stored_images(books) == 6


def test_a_character_of_oneself_or_of_nobody_needs_no_consent(books: Books) -> None:
    assert add(books, "Momo").is_allowed
    assert add(books, "me", person_id=ANA).is_allowed


def test_only_the_person_whom_it_shows_allows_a_character(books: Books) -> None:
    asked = add(books, "Bo", person_id=BO)

    assert books.run(characters.allow, asked.id, CY) is None
    assert not books.run(characters.of_member, ANA)[0].is_allowed
    allowed = books.run(characters.allow, asked.id, BO)
    again = books.run(characters.allow, asked.id, BO)  # pressed twice
    assert allowed == again
    assert allowed is not None
    assert allowed.is_allowed
    assert books.run(characters.about, BO) == (allowed,)
    assert {link.owners for link in allowed.links} == {(BO, ANA)}


def test_only_the_person_whom_it_shows_withdraws_a_character(books: Books) -> None:
    asked = add(books, "Bo", person_id=BO)

    assert books.run(characters.withdraw, asked.id, ANA, now=books.now) is None
    assert books.run(characters.withdraw, asked.id, BO, now=books.now) == asked
    assert books.run(characters.withdraw, asked.id, BO, now=books.now) is None
    assert (names(books), stored_images(books)) == ([], 0)


def test_consent_given_after_the_character_was_deleted_does_nothing(books: Books) -> None:
    asked = add(books, "Bo", person_id=BO)
    books.run(characters.remove, ANA, "bo", now=books.now)
    add(books, "Bo", person_id=CY)

    assert books.run(characters.allow, asked.id, BO) is None
    assert not books.run(characters.of_member, ANA)[0].is_allowed


def test_a_person_who_lets_nobody_edit_is_not_asked_and_withdraws_all(books: Books) -> None:
    add(books, "Bo", person_id=BO)
    add(books, "own", user_id=BO, person_id=BO)

    books.run(characters.set_consent, BO, Consent.NEVER, now=books.now)

    assert (names(books), names(books, BO)) == ([], ["own"])
    assert refused(books, "Bo", person_id=BO) is Reason.CHARACTER_NOT_ALLOWED
    assert books.run(server_settings.consent_of, BO) is Consent.NEVER


def test_a_members_data_has_their_characters_and_what_shows_them(books: Books) -> None:
    add(books, "Bo", person_id=BO)
    add(books, "cat")

    images = books.run(lambda tx: member_data.bytes_of(tx, member_data.stored_images(tx, ANA)))
    told, shown = books.run(member_data.person, ANA), books.run(member_data.person, BO)

    assert [(image.name, image.data_uri) for image in images] == [
        (f"character-image-{number}", IMAGE.data_uri) for number in (3, 4)
    ]
    assert [each["name"] for each in told["characters"]] == ["Bo", "cat"]
    assert [each["name"] for each in shown["characters_of_others_that_show_you"]] == ["Bo"]


def test_a_question_that_nobody_answers_is_deleted_in_time(books: Books) -> None:
    add(books, "Bo", person_id=BO)
    allowed = add(books, "Cy", person_id=CY)
    books.run(characters.allow, allowed.id, CY)
    add(books, "cat")
    asked_at = books.now
    books.later(days=1)

    def purge(asked_before: datetime) -> int:
        return books.run(characters.purge_unanswered, asked_before=asked_before, limit=9, now=books.now)

    assert (purge(asked_at), names(books)) == (0, ["Bo", "cat", "Cy"])
    assert (purge(books.now), names(books)) == (1, ["cat", "Cy"])


@pytest.mark.parametrize("who", [ANA, BO])
def test_both_of_them_erase_a_character_with_their_data(books: Books, who: int) -> None:
    add(books, "Bo", person_id=BO)
    add(books, "cat", user_id=CY)

    books.run(erasure.forget, who, limit=100, now=books.now + timedelta(days=1))

    assert names(books) == []
    assert names(books, CY) == ["cat"]
    assert stored_images(books) == 2
