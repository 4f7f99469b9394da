"""Every picture that people see in a message is found, in their order, at Discord's own addresses."""

from __future__ import annotations

import pytest

from cogs import _collect
from tests.cogs.objects import USER, a_file, a_media, a_message


def names(message_urls: tuple[str, ...]) -> list[str]:
    return [url.rsplit("/", 1)[-1].partition("?")[0] for url in message_urls]


def found(**message: object) -> list[str]:
    return names(tuple(link.url for link in _collect.from_message(a_message(**message))))


def gallery(*items: dict[str, object]) -> dict[str, object]:
    return {"type": 12, "id": 1, "items": [{"media": item, "description": None, "spoiler": False} for item in items]}


def test_attachments_are_found_in_their_order_and_other_files_are_not() -> None:
    files = [
        a_file("a.png", "image/png"),
        a_file("notes.txt", "text/plain"),
        a_file("b.jpeg"),
        a_file("c.mp4", "video/mp4"),
    ]

    assert found(attachments=files) == ["a.png", "b.jpeg"]


def test_an_attachment_keeps_its_name_and_its_claimed_size() -> None:
    (link,) = _collect.from_message(a_message(attachments=[a_file("a.png", "image/png")]))

    assert (link.filename, link.claimed_bytes) == ("a.png", 77)


def test_a_message_of_ours_tells_whose_pictures_it_shows() -> None:
    message = a_message(flags=1 << 15, components=[gallery(a_media("1/2/wanvas-42-1.png"))])

    assert _collect.job_shown(message) == 42
    assert _collect.job_shown(a_message(attachments=[a_file("photo.png", "image/png")])) is None


def test_a_heic_is_found_so_that_it_can_be_refused_in_words() -> None:
    assert found(attachments=[a_file("a.HEIC")]) == ["a.HEIC"]


def test_media_of_components_are_found_wherever_they_are_nested() -> None:
    section = {
        "type": 9, "id": 2, "components": [{"type": 10, "id": 3, "content": "x"}],
        "accessory": {"type": 11, "id": 4, "media": a_media("thumb.png"), "description": None, "spoiler": False},
    }  # fmt: skip
    container = {"type": 17, "id": 5, "components": [gallery(a_media("a.png"), a_media("b.png")), section]}

    assert found(flags=1 << 15, components=[container]) == ["a.png", "b.png", "thumb.png"]


def test_media_are_fetched_from_discords_copy_and_films_are_left_out() -> None:
    message = a_message(flags=1 << 15, components=[gallery(a_media("a.png"), a_media("b.mp4", "video/mp4"))])

    assert [link.url for link in _collect.from_message(message)] == ["https://media.discordapp.net/a.png"]


@pytest.mark.parametrize("kind", ["image", "thumbnail"])
def test_an_embeds_picture_is_taken_from_discords_copy(kind: str) -> None:
    embed = {"type": "rich", kind: a_media("a.png")}

    assert found(embeds=[embed]) == ["a.png"]
    assert "example.org" not in str(_collect.from_message(a_message(embeds=[embed])))


def test_an_embed_without_discords_copy_is_never_followed_outside() -> None:
    assert found(embeds=[{"type": "rich", "image": {"url": "https://example.org/a.png"}}]) == []


def test_what_a_message_forwards_comes_after_its_own() -> None:
    snapshot = {
        "type": 0, "content": "", "embeds": [], "attachments": [a_file("far.png", "image/png")], "timestamp":
        "2026-11-23T12:00:00+00:00", "edited_timestamp": None, "flags": 0, "mentions": [], "mention_roles": [],
        "components": [],
    }  # fmt: skip
    about = {"type": 1, "message_id": "7", "channel_id": "2"}
    near = [a_file("near.png", "image/png")]

    assert found(attachments=near, message_reference=about, message_snapshots=[{"message": snapshot}]) == [
        "near.png",
        "far.png",
    ]


def test_words_alone_have_no_picture() -> None:
    assert found(content="https://example.org/a.png", author=USER) == []


AVATAR = "cdn.discordapp.com/avatars/7/0a1b.png"
PROXY = f"https://images-ext-1.discordapp.net/external/hash/https/{AVATAR}"


@pytest.mark.parametrize(
    ("message", "owner_id"),
    [
        ({"attachments": [a_file("a.png", "image/png")]}, 5),
        ({"attachments": [a_file("a.png", "image/png")], "webhook_id": "6"}, None),
        ({"embeds": [{"type": "rich", "image": {"url": f"https://{AVATAR}", "proxy_url": PROXY}}]}, 7),
        (
            {
                "embeds": [{"type": "rich", "image": {"url": f"https://{AVATAR}", "proxy_url": PROXY}}],
                "webhook_id": "6",
            },
            7,
        ),
        ({"embeds": [{"type": "rich", "image": {"url": "https://a.org/b.png", "proxy_url": PROXY}}]}, 7),
        ({"embeds": [{"type": "rich", "image": {"url": "https://a.org/b.png", "proxy_url": "https://b.net/c"}}]}, 5),
    ],
    ids=["attached", "by a webhook", "avatar", "avatar by a webhook", "avatar's copy", "a link"],
)
def test_a_picture_is_whose_it_shows_or_who_posted_it(message: dict[str, object], owner_id: int | None) -> None:
    (link,) = _collect.from_message(a_message(**message))

    assert link.owner_id == owner_id
