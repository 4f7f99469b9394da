"""The tables of what members and managers keep: settings, styles, characters, reference images, drafts."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from imagegen.store.columns import NEVER_REUSED, BigId, Code, Moment, Text, metadata, one_of

member_settings = Table(
    "member_settings",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("settings", Text, nullable=False),  # JSON: read and written whole
    Column("at", Moment, nullable=False),  # of the last change
)

styles = Table(
    "styles",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("server_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("style", Text, nullable=False),  # JSON: read and written whole
    Column("user_id", BigInteger),  # the manager who saved it last; null: that person's data was erased
    Column("at", Moment, nullable=False),
    UniqueConstraint("server_id", "name_folded"),
    sqlite_autoincrement=NEVER_REUSED,
)

characters = Table(
    "characters",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("user_id", BigInteger, nullable=False),  # who registered it
    Column("name", Text, nullable=False),
    Column("name_folded", Text, nullable=False),
    Column("person_id", BigInteger),  # the person whom it shows; null: a figure or a pet
    Column("consent", Code, nullable=False),  # of that person
    Column("at", Moment, nullable=False),
    UniqueConstraint("user_id", "name_folded"),
    CheckConstraint(one_of("consent", ["unneeded", "requested", "given"]), name="consent"),
    CheckConstraint("(person_id IS NULL) = (consent = 'unneeded')", name="person_consents"),
    Index("ix_characters_person_id", "person_id"),
    sqlite_autoincrement=NEVER_REUSED,
)

# Images that a request may use again and again: of a style, or of a character.
reference_images = Table(
    "reference_images",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("style_id", BigId, ForeignKey(styles.c.id, ondelete="CASCADE")),
    Column("character_id", BigId, ForeignKey(characters.c.id, ondelete="CASCADE")),
    Column("position", Integer, nullable=False),
    Column("data_uri", Text, nullable=False),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("notes", Text, nullable=False),  # separated by spaces
    Column("bytes", Integer, nullable=False),  # of data_uri
    Column("at", Moment, nullable=False),
    CheckConstraint("(style_id IS NULL) <> (character_id IS NULL)", name="of_one"),
    Index("ix_reference_images_style_id", "style_id", "position"),
    Index("ix_reference_images_character_id", "character_id", "position"),
    sqlite_autoincrement=NEVER_REUSED,
)

# Requests that wait for a member's decision, for minutes: submitted once, or forgotten.
drafts = Table(
    "drafts",
    metadata,
    Column("id", BigId, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("request", Text, nullable=False),  # JSON, as in jobs
    Column("at", Moment, nullable=False),
    Index("ix_drafts_at", "at"),
    Index("ix_drafts_user_id", "user_id"),
    sqlite_autoincrement=NEVER_REUSED,
)
