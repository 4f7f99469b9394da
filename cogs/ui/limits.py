"""What Discord accepts: each limit once, with its source. Characters are UTF-16 units, as clients count them."""

from __future__ import annotations

# https://discord.com/developers/docs/resources/message#create-message (2026-11-22)
MESSAGE_CHARS = 2_000  # a message without components
MESSAGE_FILES = 10

# All texts and components of a message together. The community's documentation of Components V2 gives the limits of a
# message; the official pages give limits per field only.
# https://discord.com/developers/docs/components/reference (2026-11-22)
CARD_CHARS = 4_000
CARD_COMPONENTS = 40  # with nested ones

ALT_CHARS = 1_024  # https://discord.com/developers/docs/components/reference#media-gallery (2026-11-22)
TEXT_INPUT_CHARS = 4_000  # https://discord.com/developers/docs/components/reference#text-input (2026-11-22)
# https://discord.com/developers/docs/components/reference#string-select (2026-11-22)
SELECT_OPTIONS = 25
SUGGESTIONS = 25  # https://discord.com/developers/docs/interactions/application-commands#autocomplete (2026-11-29)
UPLOADS = 10  # https://discord.com/developers/docs/components/reference#file-upload (2026-11-22)
MODAL_FIELDS = 5  # https://discord.com/developers/docs/interactions/receiving-and-responding (2026-11-22)
OPTION_CHARS = 100

# https://discord.com/developers/docs/reference#uploading-files (2026-11-22)
FILE_BYTES = 10 * 1024 * 1024  # unless the interaction allows more
REQUEST_BYTES = 25 * 1024 * 1024 - 64 * 1024  # all files of a request, less the rest of its body
