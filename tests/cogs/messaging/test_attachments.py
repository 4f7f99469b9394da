"""Every image that people see in a message is found, in order, at Discord's own hosts."""

from __future__ import annotations

import pytest

from cogs.messaging import attachments
from cogs.messaging.attachments import original_of
from imagegen.image_request import ImageLink
from tests.cogs.objects import USER, a_file, a_media, a_message


def names(message_urls: tuple[str, ...]) -> list[str]:
    return [url.rsplit("/", 1)[-1].partition("?")[0] for url in message_urls]


def found(**message: object) -> list[str]:
    return names(tuple(link.url for link in attachments.from_message(a_message(**message))))


def gallery(*items: dict[str, object], spoiler: bool = False) -> dict[str, object]:
    return {"type": 12, "id": 1, "items": [{"media": item, "description": None, "spoiler": spoiler} for item in items]}


def test_attached_images_are_found_in_order_and_other_files_are_left_out() -> None:
    files = [
        a_file("a.png", "image/png"),
        a_file("notes.txt", "text/plain"),
        a_file("b.jpeg"),
        a_file("c.mp4", "video/mp4"),
    ]

    assert found(attachments=files) == ["a.png", "b.jpeg"]


def test_an_attachment_keeps_its_name_and_its_claimed_size() -> None:
    (link,) = attachments.from_message(a_message(attachments=[a_file("a.png", "image/png")]))

    assert (link.filename, link.claimed_bytes) == ("a.png", 77)


def test_a_message_of_the_bot_says_which_job_it_shows() -> None:
    message = a_message(flags=1 << 15, components=[gallery(a_media("1/2/wanvas-42-1.png"))])

    assert attachments.job_shown(message) == 42
    assert attachments.job_shown(a_message(attachments=[a_file("photo.png", "image/png")])) is None


def test_a_heic_file_is_found_so_that_the_refusal_can_name_it() -> None:
    assert found(attachments=[a_file("a.HEIC")]) == ["a.HEIC"]


def test_images_in_nested_components_are_found() -> None:
    section = {
        "type": 9, "id": 2, "components": [{"type": 10, "id": 3, "content": "x"}],
        "accessory": {"type": 11, "id": 4, "media": a_media("thumb.png"), "description": None, "spoiler": False},
    }  # fmt: skip
    container = {"type": 17, "id": 5, "components": [gallery(a_media("a.png"), a_media("b.png")), section]}

    assert found(flags=1 << 15, components=[container]) == ["a.png", "b.png", "thumb.png"]


def test_gallery_images_come_from_discords_copy_and_videos_are_left_out() -> None:
    message = a_message(flags=1 << 15, components=[gallery(a_media("a.png"), a_media("b.mp4", "video/mp4"))])

    assert [link.url for link in attachments.from_message(message)] == ["https://media.discordapp.net/a.png"]


@pytest.mark.parametrize("kind", ["image", "thumbnail"])
def test_the_image_of_an_embed_comes_from_discords_copy(kind: str) -> None:
    embed = {"type": "rich", kind: a_media("a.png")}

    assert found(embeds=[embed]) == ["a.png"]
    assert "example.org" not in str(attachments.from_message(a_message(embeds=[embed])))


def test_an_embed_without_discords_copy_is_left_out() -> None:
    assert found(embeds=[{"type": "rich", "image": {"url": "https://example.org/a.png"}}]) == []


def test_forwarded_images_come_after_the_messages_own() -> None:
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


def test_text_alone_has_no_image() -> None:
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
def test_an_image_belongs_to_the_person_in_it_or_to_its_poster(
    message: dict[str, object], owner_id: int | None
) -> None:
    (link,) = attachments.from_message(a_message(**message))

    assert link.owner_id == owner_id


SPOILER, V2 = 1 << 3, 1 << 15
LINK = "https://example.org/x"
THUMBNAIL = {"type": 11, "id": 4, "media": a_media("t.png"), "description": None, "spoiler": True}


@pytest.mark.parametrize(
    "hidden",
    [
        {"attachments": [a_file("SPOILER_a.png", "image/png")]},
        {"attachments": [a_file("a.png", "image/png", flags=SPOILER)]},
        {"flags": V2, "components": [gallery(a_media("a.png"), spoiler=True)]},
        {
            "flags": V2,
            "components": [{"type": 17, "id": 9, "spoiler": True, "components": [gallery(a_media("a.png"))]}],
        },
        {"content": f"||{LINK}||", "embeds": [{"type": "image", "url": LINK, "thumbnail": a_media("a.png")}]},
        {"flags": V2, "components": [{"type": 9, "id": 2, "components": [], "accessory": THUMBNAIL}]},
    ],
    ids=["name", "flag", "gallery", "container", "link", "thumbnail"],
)
def test_a_hidden_image_is_a_spoiler(hidden: dict[str, object]) -> None:
    (link,) = attachments.from_message(a_message(**hidden))

    assert link.spoiler


def test_an_open_image_is_no_spoiler() -> None:
    message = a_message(
        content="||secret|| https://example.org/x",
        attachments=[a_file("a.png", "image/png")],
        embeds=[{"type": "image", "url": "https://example.org/x", "thumbnail": a_media("b.png")}],
    )

    assert [link.spoiler for link in attachments.from_message(message)] == [False, False]


@pytest.mark.parametrize(
    ("file", "is_shown"),
    [
        (a_file("IMG_0001"), True),
        (a_file("IMG_0001", "application/octet-stream"), True),
        (a_file("photo.jfif"), True),
        (a_file("image.png_large"), True),
        (a_file("photo.png", "text/plain"), True),
        (a_file("poster.psd"), True),
        (a_file("clip.mp4"), False),
        (a_file("clip.mp4", "application/octet-stream"), False),
        (a_file("page.pdf"), False),
    ],
    ids=lambda value: value["filename"] if isinstance(value, dict) else None,
)  # fmt: skip
def test_only_a_file_that_is_known_to_be_no_image_is_left_out(file: dict[str, object], is_shown: bool) -> None:
    message = a_message(attachments=[file])

    assert bool(attachments.from_message(message)) is is_shown
    assert [link.claimed_type for link in attachments.from_message(message, given=True)] == [
        file.get("content_type", "")
    ]


def test_a_sticker_is_an_image() -> None:
    sticker = {"id": "77", "name": "wave", "format_type": 1}

    assert found(sticker_items=[sticker]) == ["77.png"]


def test_a_file_that_is_listed_and_in_a_gallery_counts_once_and_one_spoiler_hides_both() -> None:
    file = a_file("a.png", "image/png", id="9")
    shown = {**a_media("a.png"), "attachment_id": "9"}
    by_address = {**a_media("a.png"), "url": file["url"], "proxy_url": file["url"].replace("/2/", "/9/")}

    for media in (shown, by_address):
        message = a_message(attachments=[file], flags=1 << 15, components=[gallery(media, spoiler=True)])
        (link,) = attachments.from_message(message)
        assert (link.filename, link.spoiler) == ("a.png", True)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/avatars/7/0a1b.png",
        "https://evil.example/https/cdn.discordapp.com/avatars/7/0a1b.png",
        "https://cdn.discordapp.com.evil.example/avatars/7/a.png",
        "https://evil.example/?https://cdn.discordapp.com/avatars/7/a.png",
        "http://cdn.discordapp.com/avatars/7/a.png",
    ],
)
def test_an_avatar_is_recognized_on_discords_hosts_only(url: str) -> None:
    """Otherwise a person could claim an image for another person, or for themselves, by its link."""
    embed = {
        "type": "rich",
        "image": {"url": url, "proxy_url": "https://images-ext-1.discordapp.net/external/h/https/e"},
    }

    (link,) = attachments.from_message(a_message(embeds=[embed]))

    assert link.owners == (5, None)


@pytest.mark.parametrize(
    "url",
    [
        f"https://{AVATAR}",
        "https://media.discordapp.net/avatars/7/0a1b.webp?size=1024",
        "https://cdn.discordapp.com/guilds/1/users/7/avatars/0a1b.png",
    ],
)
def test_an_avatar_posted_by_another_person_has_two_owners(url: str) -> None:
    embed = {"type": "rich", "image": {"url": url, "proxy_url": PROXY}}

    (link,) = attachments.from_message(a_message(embeds=[embed]))

    assert link.owners == (7, 5)


def test_a_forwarded_image_belongs_to_its_author_if_known() -> None:
    snapshot = {
        "type": 0, "content": "", "embeds": [], "attachments": [a_file("far.png", "image/png")], "timestamp":
        "2026-11-23T12:00:00+00:00", "edited_timestamp": None, "flags": 0, "mentions": [], "mention_roles": [],
        "components": [],
    }  # fmt: skip
    about = {"type": 1, "message_id": "7", "channel_id": "2"}
    message = a_message(message_reference=about, message_snapshots=[{"message": snapshot}])

    owners = [attachments.from_message(message, source_id=source)[0].owners for source in (None, 6)]

    assert owners == [(None, None), (6, None)]


def test_a_file_name_that_no_database_takes_is_cleaned() -> None:
    (link,) = attachments.from_message(a_message(attachments=[a_file("a\0\ud83d.png", "image/png")]))

    assert link.filename == "a.png"


@pytest.mark.parametrize("folder", ["attachments", "ephemeral-attachments"])
def test_a_link_to_a_copy_leads_to_the_file_itself(folder: str) -> None:
    path = f"/{folder}/1/2/a.png?ex=1&is=2&hm=3"
    cdn, others = f"https://cdn.discordapp.com{path}", f"https://media.discordapp.net/external/x/https/y.net{path}"

    assert original_of(ImageLink(f"https://media.discordapp.net{path}", "a.png")).url == cdn
    assert [original_of(ImageLink(url, "a.png")).url for url in (cdn, others)] == [cdn, others]
