"""The sentence of each reason that a person reads.

To add an error, add its reason to imagegen/errors.py and one entry here. cogs/text/formatters.py fills in the facts.
"""

from __future__ import annotations

from collections.abc import Mapping

from cogs.text.character_errors import CHARACTERS
from cogs.text.request_errors import REQUESTS
from cogs.text.sentences import (
    NOT_AFFECTED,
    NOTHING_CHANGED,
    ONLY_REQUESTED,
    USED,
    USED_AT_MOST_ONCE,
    USED_UP,
    Sentence,
    not_used,
)
from imagegen.errors import Reason

LATER = "Try again later."
MINUTES = "Try again in a few minutes."
REWORD = "Try rewording it."
OTHER_MODEL = "Choose another model, or try again later."
OTHER_IMAGE = "Choose another image."
MORE_AT = "You'll get more <t:{resets_at}:R>."
AGAIN_AT = "Try again <t:{resets_at}:R>."
MARK_IT = "Save the image, circle the part to edit in your phone's photo editor, and attach that; or choose cells."
TELL_MANAGER = "Ask a manager to choose a log channel with `/studio settings`."
NEEDS = "Your request needs {needed} of your quota, which has {remaining} left ({quota})."
FORMATS = "Send a PNG, JPEG, WEBP, GIF, BMP, TIFF or AVIF."
SERVICE_ACCOUNT = "The bot's account at the image service has a problem, and the operator knows."
MODEL_UNAVAILABLE = "The image service isn't accepting {model} right now, and the operator knows."


# A quota, a budget or the queue has no room.
QUOTAS: Mapping[Reason, Sentence] = {
    Reason.MEMBER_QUOTA_USED: Sentence(
        "You've used all {limit} of your images in this server today.", USED_UP, MORE_AT
    ),
    Reason.PERSON_QUOTA_USED: Sentence(
        "You've used all {limit} of your images across all servers today.", USED_UP, MORE_AT
    ),
    Reason.SERVER_QUOTA_USED: Sentence(
        "This server has used all {limit} of its images this month.", USED_UP, "It'll get more <t:{resets_at}:R>."
    ),
    Reason.SERVER_SHARE_USED: not_used("This server has used its share of the bot's budget for this month.", AGAIN_AT),
    Reason.DAY_BUDGET_USED: not_used("The bot has used its operator's budget for today.", AGAIN_AT),
    Reason.MONTH_BUDGET_USED: not_used("The bot has used its operator's budget for this month.", AGAIN_AT),
    Reason.ATTEMPTS_USED: Sentence("You've used all {limit} of your attempts today.", USED_UP, MORE_AT),
    Reason.PAID_IMAGES_USED: not_used(
        "{limit} images were generated for you today, the most per person, including some that couldn't be delivered.",
        AGAIN_AT,
    ),
    Reason.MORE_THAN_LEFT: not_used(
        "You requested {requested} images, but your quota has {left} left ({quota}).",
        "Request {left} or fewer, or wait: it resets <t:{resets_at}:R>.",
    ),
    Reason.MORE_UNITS_THAN_LEFT: not_used(
        NEEDS, "Request {left} or fewer, choose a model that uses less, or wait: it resets <t:{resets_at}:R>."
    ),
    Reason.LESS_THAN_ONE_LEFT: not_used(NEEDS, "Choose a model that uses less, or wait: it resets <t:{resets_at}:R>."),
    Reason.TOO_MANY_QUEUED: not_used(
        "You already have {limit} requests in the queue, the most per person.",
        "Send it again when one of them is done.",
    ),
    Reason.NO_ROOM_FOR_ALL: not_used(
        "You can have {limit} requests in the queue, so there's no room for {count} more.",
        "Use fewer alternatives, or start them when others are done.",
    ),
    Reason.QUEUE_FULL: not_used("The queue is full: {limit} requests are waiting.", MINUTES),
    Reason.PERSON_INPUTS_FULL: not_used(
        "Your requests in the queue already have {limit_mb} MB of input images, the most per person.",
        "Send it again when one of them is done.",
    ),
    Reason.INPUTS_FULL: not_used(
        "Too many input images are waiting right now.", "Try again in a few minutes, or send a prompt without images."
    ),
    Reason.MODERATION_PAUSE: not_used(
        "3 of your prompts in a row were rejected, so you're on a short break.", AGAIN_AT
    ),
    Reason.SENDING_PAUSED: not_used(
        "Image generation is paused: the bot's account at the image service has a problem, and the operator knows.",
        LATER,
    ),
    Reason.MODEL_PAUSED: not_used(
        "{model} is paused: the image service isn't accepting it right now, and the operator knows.", LATER
    ),
}

# The operator, a manager or an owner does not allow it.
PERMISSIONS: Mapping[Reason, Sentence] = {
    Reason.SERVER_NOT_ALLOWED: not_used(
        "The bot's operator hasn't enabled it here.", "Ask the operator, or use the bot in another server."
    ),
    Reason.BOT_PAUSED: not_used("The bot's operator has paused it.", LATER),
    Reason.SERVER_BLOCKED: not_used(
        "The bot's operator has blocked this server from using the bot.",
        "Use the bot in another server, or contact the operator.",
    ),
    Reason.PERSON_BLOCKED: not_used(
        "The bot's operator has blocked you from using the bot.",
        "If you think this is a mistake, contact the operator.",
    ),
    Reason.SERVER_PAUSED: not_used(
        "A manager has paused the bot in this server.", "Ask a manager, or use the bot elsewhere."
    ),
    Reason.NO_REVIEW_CHANNEL: not_used(
        "The managers of this server look at images first, but they have no log channel to see them in.", TELL_MANAGER
    ),
    Reason.MEMBER_BLOCKED: not_used(
        "A manager has blocked you from using the bot in this server.",
        "If you think this is a mistake, contact a manager.",
    ),
    Reason.CHANNEL_NOT_ALLOWED: not_used("In this server, I only work in {channels}.", "Try again there."),
    Reason.AGE_RESTRICTED_ONLY: not_used(
        "In this server, I only work in age-restricted channels.", "Try again in one of them."
    ),
    Reason.PRIVATE_NEEDS_DIRECT: not_used(
        "Your results are private here, and I can't send you direct messages.", "Allow them, or use /imagine."
    ),
    Reason.PROMPT_BLOCKED: not_used("Your prompt contains something this server doesn't allow.", REWORD),
    Reason.EDITS_NOT_ALLOWED: not_used(
        "The person who posted image {position} doesn't let others edit their images.",
        "Choose another image, or ask them.",
    ),
    Reason.OPERATOR_ONLY: Sentence("Only the bot's operator can do that.", NOTHING_CHANGED, "Contact the operator."),
    Reason.MANAGERS_ONLY: Sentence(
        "Only members who can manage this server can do that.", NOTHING_CHANGED, "Ask one of them."
    ),
    Reason.SETTING_OUT_OF_RANGE: Sentence(
        "That value is too high or too low; the limit is {limit}.", NOTHING_CHANGED, "Choose another value."
    ),
    Reason.STYLE_GONE: not_used(
        "This server has no style “{name}” now.", "Continue without the style, or choose another one."
    ),
    Reason.NO_STYLES_HERE: not_used("Styles belong to servers; there are none here.", "Leave the option empty."),
    Reason.STYLE_NAME_TAKEN: Sentence(
        "This server already has a style “{name}”.", NOTHING_CHANGED, "Choose another name, or edit that style."
    ),
    Reason.STYLE_NAME_UNUSABLE: Sentence(
        "A style's name has 1 to {limit} characters, and no mentions, links or formatting.",
        NOTHING_CHANGED,
        "Choose another name.",
    ),
    Reason.STYLE_TOO_LONG: Sentence(
        "That text of the style has {length} characters; up to {limit} are possible.", NOTHING_CHANGED, "Shorten it."
    ),
    Reason.STYLE_BLOCKED: Sentence(
        "The style contains a word that is blocked in this server.", NOTHING_CHANGED, "Change its text."
    ),
    Reason.STYLES_FULL: Sentence(
        "This server has {limit} styles, the most it can have.", NOTHING_CHANGED, "Delete one first."
    ),
    Reason.CHANGED_SINCE: Sentence(
        "Someone changed this setting in the meantime.", NOTHING_CHANGED, "Look at the setting as it is now."
    ),
    Reason.NOT_IN_SERVER: Sentence(
        "That channel or role isn't in this server, or can't be chosen here.", NOTHING_CHANGED, "Choose another one."
    ),
    Reason.NO_NUMBER: Sentence("That isn't a whole number.", NOTHING_CHANGED, "Write only digits, such as 20."),
    Reason.NO_SERVER_ID: Sentence(
        "That isn't a server ID.", NOTHING_CHANGED, "Choose a server from the suggestions, or enter its ID."
    ),
    Reason.NO_DAY: Sentence(
        "I can't read that as a date.", NOT_AFFECTED, "Write it like 2026-11-05, 2026-11 or 7d (7 days ago)."
    ),
    Reason.MEMBER_NEEDS_SERVER: Sentence(
        "I only show other people's images in the server where they posted them.",
        NOT_AFFECTED,
        "Use this command in that server.",
    ),
    Reason.NO_SUCH_MODEL: Sentence("I don't know that model.", NOT_AFFECTED, "Choose one from the suggestions."),
    Reason.NO_MONTH: Sentence("That isn't a month.", NOTHING_CHANGED, "Write it like 2026-11."),
    Reason.BLOCKED_WORD_TOO_SHORT: Sentence(
        "A blocked word needs at least {limit} letters or digits; shorter ones match nothing, or almost everything.",
        NOTHING_CHANGED,
        "Choose a longer word.",
    ),
}

# Pages, buttons and the database.
PAGES_AND_STORE: Mapping[Reason, Sentence] = {
    Reason.ALBUM_RUNNING: Sentence(
        "You already have an album in progress.", NOT_AFFECTED, "Wait until it's done, or cancel it."
    ),
    Reason.MY_DATA_TOO_SOON: Sentence("You got your data a few minutes ago.", NOT_AFFECTED, AGAIN_AT),
    Reason.NO_STROKES: not_used("I found no marks on the image you attached.", MARK_IT),
    Reason.STROKES_ON_OTHER_IMAGE: not_used(
        "The image you attached looks like another image, or most of it is marked.", MARK_IT
    ),
    Reason.READS_TOO_FAST: Sentence("You're doing that too fast.", NOT_AFFECTED, "Try again in {wait_s} s."),
    Reason.STARS_USED: Sentence(
        "You've starred {limit} images, the most per person.",
        NOT_AFFECTED,
        "Take a star back: find them with `/gallery starred:`, and press ★ under one of them.",
    ),
    Reason.PRESSED_TWICE: not_used(
        "You just pressed that button, so I ignored this press.", "To generate one more, press it again in {wait_s} s."
    ),
    Reason.STORE_UNAVAILABLE: not_used("The bot's database isn't responding right now.", "Try again in a minute."),
    Reason.STORE_IN_DOUBT: Sentence(
        "I'm not sure right now whether your request went through.",
        USED_AT_MOST_ONCE,
        "If nothing arrives in a few minutes, try again.",
    ),
}

# An input image that cannot be used.
IMAGES: Mapping[Reason, Sentence] = {
    Reason.IMAGE_UNREADABLE: not_used("{image} isn't an image, whatever its name says.", FORMATS),
    Reason.IMAGE_TRUNCATED: not_used(
        "{image} is damaged or incomplete, so I can't read it.", "Save it again and send the new file."
    ),
    Reason.IMAGE_HEIC: not_used("{image} is a HEIC file, which I can't read.", "Send it as a JPEG."),
    Reason.IMAGE_FORMAT: not_used(
        "{image} is a {kind} file, which I can't read.", "Export it as a PNG or JPEG, or send a screenshot."
    ),
    Reason.IMAGE_RAW: not_used(
        "{image} is a camera's RAW file, which I can't read.", "Export it as a JPEG and send that."
    ),
    Reason.IMAGE_VIDEO: not_used(
        "{file} is a video, and I only read images.", "Send a screenshot of the moment you want."
    ),
    Reason.IMAGE_TOO_SMALL: not_used(
        "{image} has {width_px} × {height_px} pixels; each side needs {limit_px}.", "Send a larger image."
    ),
    Reason.IMAGE_TOO_LONG: not_used(
        "{image} is too long or too tall: this model takes aspect ratios up to {limit}:1.",
        "Crop it, or choose another model.",
    ),
    Reason.IMAGE_TOO_LARGE: not_used(
        "{image} has {megapixels} megapixels; the limit for {kind} is {limit_megapixels}.",
        "Send a smaller image.",
    ),
    Reason.IMAGE_FILE_TOO_LARGE: not_used("{image} is over {limit_mb} MB.", "Send a smaller file."),
    Reason.IMAGE_TOO_COMPLEX: not_used(
        "{image} needs too much time or memory to open.", "Send it smaller, or as a JPEG."
    ),
    Reason.IMAGE_UNREACHABLE: not_used("{image} couldn't be downloaded from Discord.", "Attach it again."),
    Reason.IMAGE_HOST_REFUSED: not_used(
        "{image} isn't stored on Discord, so I can't open it.", "Save it and attach the file."
    ),
    Reason.IMAGES_TOO_LARGE_TOGETHER: not_used(
        "Your images are over {limit_mb} MB together.", "Send fewer or smaller images."
    ),
    Reason.FILE_NOT_AN_IMAGE: not_used("{file} is a video or a sound, not an image.", FORMATS),
    Reason.FILE_EMPTY: not_used("{file} is empty.", "Attach it again."),
    Reason.INPUTS_GONE: not_used(
        "That request's prompt or images are no longer stored.", "Use Edit image on its result instead."
    ),
    Reason.INPUTS_PRIVATE: not_used(
        "Only the person who requested that sees its input images.", "Use Edit image on its result instead."
    ),
    Reason.BEFORE_GONE: Sentence(
        "The image before this edit is no longer stored.", NOT_AFFECTED, "Look for it in the message it came from."
    ),
    Reason.INPUT_ERASED: not_used("The person who posted image {position} has erased their data.", OTHER_IMAGE),
    Reason.REFERENCE_GONE: not_used(
        "The style or character “{name}” is no longer available.", "Send your request again without that name."
    ),
    Reason.REFERENCES_FULL: Sentence(
        "There's no room for more stored images: {limit_mb} MB are in use.",
        NOT_AFFECTED,
        "Delete a style or a character that is no longer needed.",
    ),
    Reason.RESULT_NOT_VISIBLE: not_used("That image is gone, or you can't see it right now.", OTHER_IMAGE),
}

# The image service did not generate it.
SERVICE: Mapping[Reason, Sentence] = {
    Reason.MODERATION: not_used("The image service's moderation rejected this prompt.", REWORD),
    Reason.COPYRIGHT: not_used(
        "The image service rejected this prompt because of copyright.", "Try something original."
    ),
    Reason.KEY_REFUSED: not_used(SERVICE_ACCOUNT, LATER),
    Reason.ACCOUNT_OVERDUE: not_used(SERVICE_ACCOUNT, LATER),
    Reason.GATEWAY_REFUSED: not_used("The image service isn't accepting requests from this bot right now.", LATER),
    Reason.MODEL_REFUSED: not_used(MODEL_UNAVAILABLE, OTHER_MODEL),
    Reason.CALL_REFUSED: not_used(MODEL_UNAVAILABLE, OTHER_MODEL),
    Reason.BUSY: not_used("The image service was too busy several times in a row.", MINUTES),
    Reason.WAN_DOWN: not_used("The image service isn't working right now.", MINUTES),
    Reason.WAN_REJECTED: not_used(
        "The image service rejected this request, and the operator can see why.",
        "Try rewording it, or try again later.",
    ),
    Reason.WAN_SETUP: not_used("The bot isn't set up correctly for {model}, and the operator knows.", OTHER_MODEL),
    Reason.WAN_UNREADABLE: not_used("I couldn't read the image service's answer, and the operator knows.", LATER),
    Reason.WAN_REJECTED_IMAGE: not_used(
        "The image service can't use one of your images.", "Save it again as a JPEG or PNG and send the new file."
    ),
    Reason.UNANSWERED: not_used("The image service didn't answer in time.", "Try again."),
    Reason.RESULT_LOST: not_used("Your image was generated, but I couldn't download it.", "Try again."),
    Reason.NO_IMAGE: not_used("The image service generated no image for this prompt.", REWORD),
    Reason.MORE_THAN_REQUESTED: Sentence(
        "The image service generated more images than you requested.",
        ONLY_REQUESTED,
        "The operator knows, so you don't need to do anything.",
    ),
}

# A result that could not be delivered, and defects.
DELIVERY: Mapping[Reason, Sentence] = {
    Reason.REVIEW_IMPOSSIBLE: not_used(
        "The managers of this server look at images first, but I can't post in their log channel anymore.", TELL_MANAGER
    ),
    Reason.WITHHELD: not_used(
        "A manager of this server looked at your image and decided not to show it.", "Ask the managers if it's unclear."
    ),
    Reason.ERASED_UNSEEN: not_used(
        "Your image was not shown: you erased your data before a manager decided.", "Request it again if you want it."
    ),
    Reason.REVIEW_EXPIRED: not_used(
        "The managers of this server look at images first, but there was no decision about yours in 23 hours.",
        "Ask a manager, or try again later.",
    ),
    Reason.TOO_LATE: not_used("The queue was too long to deliver your image here in time.", LATER),
    Reason.UNDELIVERED: not_used(
        "Your image was generated, but Discord didn't let me post it anywhere.", "Try again where I can post."
    ),
    Reason.CHANNEL_CLOSED: Sentence(
        "Your images were generated, but I couldn't deliver them: the channel or message was deleted or closed to me.",
        USED,
        "Next time, try where I can post.",
    ),
    Reason.RESULT_FILE_TOO_LARGE: not_used(
        "Your image was generated, but its file is too large for Discord here.", "Try again with normal quality."
    ),
    Reason.INTERNAL: not_used("Something went wrong in the bot, and its operator can see what.", "Try again."),
}

SENTENCES: Mapping[Reason, Sentence] = {
    **REQUESTS,
    **QUOTAS,
    **PERMISSIONS,
    **PAGES_AND_STORE,
    **CHARACTERS,
    **IMAGES,
    **SERVICE,
    **DELIVERY,
}
