"""The sentences of the bot by topic, in English. cogs/text/errors.py has those about errors.

cogs/text/i18n.py translates a sentence, and cogs/text/formatters.py fills in its numbers. A fact from outside is a
number or one of Wan's ids. No sentence repeats a prompt.
"""

from __future__ import annotations

from collections.abc import Mapping

from imagegen.errors import Reason
from imagegen.model import Shrink, StopReason
from imagegen.policy.parts import Place

REQUEST_ID = "request {request_id}"  # in small print, to look up in the operator's log

# The status card
GENERATING = "Generating…"
WAITS_AT_WAN = "Waiting at the image service…"
CANCELING = "Canceling…"
TOO_LATE_TO_CANCEL = "Too late to cancel. Generating…"
NEXT_IN_QUEUE = "Next in queue"
ORDINALS = {  # by the plural rule of English; other languages have one word for all four
    "one": "{number}st in queue",
    "two": "{number}nd in queue",
    "few": "{number}rd in queue",
    "other": "{number}th in queue",
}
ROUNDED = "about {position}"
GENERATING_UNTIL = "{status} expected <t:{ready_at}:R>"
QUEUED_UNTIL = "{status} · expected <t:{ready_at}:R>"
PAUSED_BY_OPERATOR = "Waiting: the bot's operator has paused it. Waiting doesn't use your quota."
PAUSED = (
    "Waiting: the bot's account at the image service has a problem, and the operator knows. Waiting doesn't use your "
    "quota."
)
MODEL_PAUSED = (
    "Waiting: the image service isn't accepting {model} right now, and the operator knows. Waiting doesn't use your "
    "quota. You can cancel and choose another model."
)
TURNED_AWAY = "Waiting: the image service isn't accepting requests right now. Waiting doesn't use your quota."
PAUSES: Mapping[str, str] = {Reason.BOT_PAUSED: PAUSED_BY_OPERATOR, Reason.GATEWAY_REFUSED: TURNED_AWAY}

# Canceling
CANCELED = "Canceled. It didn't use your quota."
ALREADY_SENT = "I can't cancel it: it's already generating. It uses your quota only when the image is delivered."
ASKED_TO_CANCEL = (
    "I've asked the image service to cancel this request. If it's already generating, you'll still get the image, and "
    "it uses your quota."
)
STOPPING = "Stopping the story. What's already here stays, and only its images use your quota."

# Under a result, and in the alt text of an edit
CHANGED = "{original}; changed: {change}"
RESULT_FACTS = "{requester} · {aspect_ratio}, {size}, seed {seed} · {model}"
FACTS_WITHOUT_SEED = "{requester} · {aspect_ratio}, {size} · {model}"
USED = "{shown} used"
SOME_USED = "{shown} of {count} delivered, {shown} used"
# Of a model whose images use more or less than one image of the quota.
WEIGHED = ("{number} image used {quota}", "{number} images used {quota}")
SOME_WEIGHED = "{shown} of {count} delivered, {quota} used"
LEFT_TODAY = "{left} of {limit} left today"
LEFT_WITH_EXTRA = "{left} and {extra} extra"
LEFT_OF_QUOTA = "{left} of {limit} left ({quota})"
LOST = (
    "image {images} couldn't be downloaded, so it didn't use your quota",
    "images {images} couldn't be downloaded, so they didn't use your quota",
)
LEFT_OUT = "image {number} is {mb} MB, too large for Discord here, so it didn't use your quota"
READING_ORDER = "in reading order: {images}"
IMAGE_NUMBER = "image {number}"
FROM_IMAGES = "from {number} input images, in order"
FROM_NAMED_IMAGES = "from {images}"
IMAGE_ORIGIN = ("image {images}: {origin}", "images {images}: {origin}")
IMAGE_NOTES = ("image {images}: {notes}", "images {images}: {notes}")
FROM_STYLE = "from the style"
STYLE_APPLIED = "Style: {name}"
STYLE_MODEL_NOT_USED = "The style's model, {model}, can't be used for this request, so another one was."
ORIGINS = {
    "replied": "from the replied-to message",
    "own": "from the request's message",
    "message": "from the edited message",
    "form": "added in the form",
}
NOTES = {
    "first_frame": "first frame only",
    "flattened": "transparency filled with white",
    "turned": "rotated upright",
    "converted": "colors converted",
    "uncorrected": "its color profile can't be read, so colors may differ",
    "reduced": "scaled down",
}
SHRUNK = {
    Shrink.SAVED: ("image {images} saved as JPEG to fit", "images {images} saved as JPEG to fit"),
    Shrink.REDUCED: ("image {images} saved as a smaller JPEG to fit", "images {images} saved as a smaller JPEG to fit"),
}
NO_DETAILS = "The details of this image are no longer stored."
NOT_YOURS = "Only the person who requested it or a moderator can do that. Nothing changed."

# Stories
STORY_FACTS = "{requester} · {aspect_ratio}, seed {seed} · {model}"
STORY_USED = "{shown} of up to {count} images, {shown} used"
STORY_WEIGHED = "{shown} of up to {count} images, {quota} used"
SET_RESERVED = "Up to {count} related images, and up to {count} of your quota"
SET_WEIGHED = "Up to {count} related images, and up to {quota}"
STORY_CONTINUES = "The story continues…"
STOPS: Mapping[StopReason, str] = {
    StopReason.BROKEN: "The image service stopped responding here. The story so far stays, and only its images use "
    "your quota.",
    StopReason.REFUSED: "The image service's moderation stopped the story here. The story so far stays, and only its "
    "images use your quota.",
    StopReason.CANCELED: "Stopped here, as requested. The story so far stays, and only its images use your quota.",
    StopReason.KILLED: "The bot restarted during this story. The story so far stays, and only its images use your "
    "quota.",
    StopReason.TOO_LONG: "The story got too long to post, so I stopped it here.",
}
PART_MISSING = "There's more, but Discord takes no more messages here. The missing part doesn't use your quota."
SENT_DIRECTLY = "Private, and sent here because Discord no longer lets me answer you there"
COMES_DIRECTLY = "Your results are private in {channel}, so the one that you just requested comes here."
SHARED_BY = "{requester} shared"
SHARE_NOT_HERE = (
    "I can't post where you requested this image, so it stays private. Save the image and post it yourself, or ask a "
    "manager to let me post there."
)
SHARE_NOT_ALLOWED = "You can't post images where you requested this one, so it stays private."
SHARE_IN_DOUBT = (
    "Discord didn't answer, so I don't know whether your image is shared. Press Share again: it's never posted twice."
)
SHARE_REFUSED = "Discord refused the message, so your image stays private. Save the image and post it yourself."
SHARE_REVIEWED = (
    "Managers look at results first where you requested this image, so it stays private. Request it again without the "
    "private option."
)
TEXT_BLOCKED = "The text is left out because this server's AutoMod blocks it."

# Quota and receipts
QUOTAS = {  # inside a sentence
    "member": "in this server today",
    "person": "across all servers today",
    "server": "for this server this month",
    "attempts": "attempts today",
    "member_with_grant": "in this server today, extra images included",
    "paid": "images generated for you today",
    "share": "this server's share of the bot's budget this month",
}
UNKNOWN_QUOTA = "today"
QUOTA_TITLES = {
    "member": "Your images in this server today",
    "person": "Your images across all servers today",
    "server": "This server's images this month",
    "grant": "Your extra images this month",
    "attempts": "Attempts today",
    "paid": "Images generated for you today, delivered or not",
}
QUOTA_BAR = "{bar} {left} of {limit} left{reserved}\n-# resets <t:{resets_at}:R>"
ATTEMPTS_BAR = "{bar} {left} of {limit} attempts left\n-# resets <t:{resets_at}:R>"
RESERVED = ", {reserved} reserved"
NO_REQUESTS = "No requests yet."
RECEIPT = "**#{number}** · <t:{asked_at}:f> · {prompt}"
RECEIPT_OPEN = "{reserved} reserved, in progress"
RECEIPT_FAILED = "{reserved} reserved, {used} used: {why}"
RECEIPT_RELEASED = "{reserved} reserved, {reserved} released: {why}"
RECEIPT_USED = "{reserved} reserved, {used} used"
RECEIPT_SOME_USED = "{reserved} reserved, {used} used, the rest released"

# Help
HELP_DO = "What you can do here"
HELP_COMMANDS = {  # by the command that a sentence links; a subcommand behind a slash
    "imagine": "{command} generates images from a prompt, or edits images you attach",
    "story": "{command} writes an illustrated story",
    "character/add": "{command} saves a figure or a pet: write @name in any prompt",
    "gallery": "{command} finds your results again, and what you starred with ★",
    "album": "{command} sends you your images as ZIP or PDF files",
    "settings": "{command} keeps your defaults",
}
HELP_REPLY = "Reply to an image, mention me and say what to change. Or use Apps ▸ Edit image on its message"
HELP_ALTERNATIVES = "Write {example} in a prompt to try both at once"
HELP_PRIVATE_OPTION = "With `private:`, only you see the results, until you share one"
HELP_REPORT = "Apps ▸ Report image, on a message, reports an image to the managers of this server"
HELP_OURS = "Apps ▸ Is this ours?, on a message, says whether its images are AI-generated"
HELP_STYLES = (
    "This server has {number} style: choose it with `style:`",
    "This server has {number} styles: choose one with `style:`",
)
HELP_LEFT = "What you have left"
QUOTA_LINE = "{title}: {left} of {limit} left, resets <t:{resets_at}:R>"
HELP_MODELS = "Models"
HELP_DEFAULT_MODEL = "{model} (default)"
HELP_HERE = "Good to know"
HELP_PAUSED_BY_OPERATOR = "The bot's operator has paused the bot, so requests aren't accepted right now"
HELP_PAUSED = "A manager has paused the bot in this server"
HELP_CHANNELS = "In this server, I work in {channels}"
HELP_MORE_CHANNELS = "In this server, I work in {channels} and more"
HELP_AGE_RESTRICTED = "In this server, I only work in age-restricted channels"
HELP_PRIVATE = "Your results here are shown only to you, until you share them. Stories can't be shared"
HELP_HELD = "Managers look at your results here before they're shown. That can take up to 23 hours"
HELP_MANAGER = "You manage this server: {command}"
HELP_OPERATOR = "You operate this bot: {command}"
HELP_SHORT = (
    "Mention me with a prompt, such as “a cat in a raincoat”, or reply to an image with what to change. {help} shows "
    "you everything."
)
HELP_SENT = "I've also sent you that as a direct message."
HELP_ABOUT = "You mentioned me in {channel}, so this is about that channel."

# Gallery and history
TILE = "**{number}** {prompt}\n-# {requester} · <t:{asked_at}:f> · [View]({jump})"
TILE_WITHOUT_LINK = "**{number}** {prompt}\n-# {requester} · <t:{asked_at}:f>"
TILE_PRIVATE = "Private: only you see it, in the message where it arrived."
TILE_OTHERS_PRIVATE = "Private: only the person who requested it sees it."
TILE_SHARED = "Shared from a private result."
FILTERED = "-# Filters: {filters}"
FILTER_TEXT = "“{find}”"
FILTER_SERVER = "everyone in this server"
FILTER_STARRED = "starred"
FILTER_STARRED_BY_YOU = "starred by you"
FILTER_SINCE = "from {day}"
FILTER_UNTIL = "until {day}"
NOTHING_FOUND = "No images found. Images appear here after they're delivered."
NOTHING_MATCHES = "No images match. Try fewer filters."
TILE_NOT_VISIBLE = "In a channel you can't see right now."
MESSAGE_GONE = "Its message is gone, or the bot can't see it."
OLDER_STEPS = "Older steps aren't shown."
ERASED_PROMPT = "(erased)"

# One's own data
CONFIRM_ERASE = (
    "This erases the prompts and input images of all your requests, your settings and your characters, everywhere, and "
    "cancels the requests in the queue. Your used quota stays used. Messages already posted stay, too: remove them "
    "with Delete."
)
ERASE_LATER = "Images that are generating now are erased when they finish."
MY_DATA = (
    "This is everything the bot stores about you, with as many of your stored input images as fit. Only you can see it."
)
CONSENT = {
    "allow": "Others can edit the images you post and your avatar. Use `/consent` to change this anytime.",
    "never": "Only you can edit the images you post and your avatar, and others' characters that show you are deleted. "
    "Images others already generated stay.",
}

# Characters
CHARACTER_ADDED = "Saved. Use {name} in a prompt, such as: {name} riding a tram."
CHARACTER_ASKED = "Saved. I've asked {person}. You can use {name} once they allow it."
PERSON_NOT_REACHED = "I couldn't reach {person}, so I saved nothing. Ask them to allow direct messages, and try again."
CHARACTER_DELETED = "Deleted {name}, with its images and every copy of them. Requests that were waiting with it failed."
NO_CHARACTERS = "You have no characters yet. Save one with `/character add`, then use it as @name in your prompts."
CHARACTER_LINE = "{number}. **{name}** · {images} {person}"
CHARACTER_LINE_WAITS = "{number}. **{name}** · {images} · waiting for {person}"
CHARACTERS_SHEET = "Your characters, numbered as in the list"
CHARACTER_OF_YOU = "**{name}** of {member} shows you"
MORE_OF_YOU = "-# There are {number} more, which appear here once you withdraw one of these."
ASKED_FOR_CHARACTER = (
    "{member} wants to generate images that show you, with images of you saved as {name}. Nothing is generated unless "
    "you allow it."
)
ABOUT_WITHDRAWING = (
    "You can withdraw at any time: the saved images and all copies are then deleted. Results already posted stay."
)
CHARACTER_ALLOWED = (
    "You allowed {member} to use {name}, which shows you. You can withdraw at any time, here or in `/character list`."
)
CHARACTER_WITHDRAWN = "Done. {name} is deleted, with the images of you and every copy of them."
CHARACTER_GONE = "That character was deleted. You don't need to do anything."
CHARACTER_IMAGES = "The images of {name}"
CHARACTER_WAS_ALLOWED = "{person} allows {name}. You can use it in your prompts now."
CHARACTER_WAS_WITHDRAWN = "{person} doesn't allow {name}, so I deleted it, with its images and every copy of them."
NOT_YOUR_CHARACTER = "Only the person whom the character shows can answer that. Nothing changed."

# Editing a part of an image
PART_HOW = (
    "**Which part should change?** Choose its cells, then describe the change. Or save the image, circle the part in "
    "your phone's photo editor, and attach that copy in the next step."
)
MORE_CELLS = "I can mark two boxes at most, so cells you didn't choose may change too: {cells}."
PART_IN_WORDS = "With the model here, your choice is added to the prompt, so something beside the part may change too."
PLACES: Mapping[Place, str] = {
    Place.UPPER_LEFT: "top left",
    Place.UPPER: "top",
    Place.UPPER_RIGHT: "top right",
    Place.LEFT: "left",
    Place.CENTER: "center",
    Place.RIGHT: "right",
    Place.LOWER_LEFT: "bottom left",
    Place.LOWER: "bottom",
    Place.LOWER_RIGHT: "bottom right",
}
EDITED_PARTS = "edited part: {places}"
PART_WENT_AS_WORDS = "the part was added to the prompt, so something beside it may have changed too"
# Of a prompt with alternatives
DRAFT = "That prompt makes {count} requests:"
DRAFT_USES = "Together they use {quota}."
DRAFT_STARTED = "Started {count} requests. Each result is a message of its own."
DRAFT_CANCELED = "Canceled. It didn't use your quota."
DRAFT_OVER = (
    "This choice is another member's, or it's over: it was started, canceled or is older than 15 minutes. "
    "Nothing was started now. Send the prompt again to try it."
)
VARIATIONS = {"subtle": "subtle variation", "strong": "strong variation", "larger": "larger size"}
SUBTLE_VARIATION_OF = "subtle variation of image {number}"
SUBTLE = "**Subtle**: edits the image, and changes only small details. Uses {quota}."
STRONG = "**Strong**: generates the same prompt with a new seed. Uses {quota}."
STRONG_ENHANCED = "**Strong**: generates the same prompt with a new seed and lets the model add detail. Uses {quota}."
LARGER = "Generates the same prompt with the same seed in a larger size. Details may differ."
LARGER_ALL = "All {count} images are generated again."
LARGER_SIZE = "**{size}** uses {quota}."
NOT_LARGER = "There's no larger size for this image. It didn't use your quota. Use Edit prompt to change the request."
BEFORE_AND_AFTER = "Before, with the edited part framed, and after"
BEFORE, AFTER = "Before", "After"

# Prompts and edits that cannot be taken as they are
NOT_YOUR_PROMPT = "That prompt is someone else's. Nothing changed. Send a prompt of your own."
PART_OF_OTHER_IMAGE = "You edited a part of that image. It didn't use your quota. Use Edit a part on another image."
LOST_IMAGE = "I can no longer see the image for this prompt. It didn't use your quota. Use Edit image on it again."
NO_IMAGES = "There's no image in that message. It didn't use your quota. Choose a message with an image."
INPUTS_NEEDED = "That request's input images are no longer stored. It didn't use your quota. Attach them again."
REPLY_NOT_VISIBLE = (
    "I can't see the images in the message you replied to. It didn't use your quota. Right-click that message (or hold "
    "it) and choose Apps ▸ Edit image."
)
SUBSTITUTION_NEEDS_RESULT = (
    "`s/old/new/` edits the prompt of a result. It didn't use your quota. Send it as a reply to one of my results."
)
SUBSTITUTION_NOT_FOUND = (
    "That text isn't in the prompt. It didn't use your quota. Copy it exactly: `s/old/new/`, with `\\/` for a slash."
)
SUBSTITUTION_TAKES_NO_FILES = (
    "`s/old/new/` edits only the prompt, so I can't use your file. It didn't use your quota. Send it without the file, "
    "or describe the change without slashes."
)
UNREAD_ROLE_MENTION = (
    "Discord doesn't show me messages that mention my role. It didn't use your quota. Mention me by name, or use "
    "/imagine."
)
COMMAND_AS_TEXT = (
    "Discord sent your command as text, so I didn't run it. It didn't use your quota. Type / and choose the command "
    "from the list, or send your prompt without the slash."
)
BEING_VERIFIED = "This bot is being tested right now. It didn't use your quota. Try again in a few minutes."
CANNOT_POST = (
    "I can't post in that channel, so I'm answering here. It didn't use your quota. Ask a manager to let me post, or "
    "use /imagine there."
)
NOT_ACCEPTED = "I can't accept this request. It didn't use your quota. Try rewording it."
NOT_ACCEPTED_FROM = (
    "I can't accept this request, and I couldn't DM you the reason. It didn't use your quota. Allow direct messages "
    "and try again to see it."
)
# Sentences about a prompt or a person go to that person alone, also where no interaction is alive.
PRIVATE_REASONS = frozenset(
    {
        Reason.MODERATION,
        Reason.COPYRIGHT,
        Reason.PROMPT_BLOCKED,
        Reason.MODERATION_PAUSE,
        Reason.WITHHELD,
        Reason.MEMBER_BLOCKED,
        Reason.SERVER_BLOCKED,
        Reason.PERSON_BLOCKED,
    }
)
# Of those, the ones about the person: rewording the prompt would not help.
REASONS_ABOUT_A_PERSON = frozenset(
    {Reason.MEMBER_BLOCKED, Reason.SERVER_BLOCKED, Reason.PERSON_BLOCKED, Reason.MODERATION_PAUSE}
)

# Managers
BLOCKED = "{member} can't use the bot in this server anymore."
UNBLOCKED = "{member} can use the bot in this server again."
LOG_ENTRY = "{requester} · {model} · {images} · [View]({jump})"
LOG_SHARED = "{requester} shared an image · [View]({jump})"
LOG_PRIVATE = "{requester} · {model} · {images} · shown only to them"
LOG_COST = "-# ${money} · {used} of the quota"
SETTING_NAMES = {  # the fields of imagegen.policy.server_settings.ServerSettings, as a manager reads them
    "member_images_per_day": "images per member per day",
    "images_per_month": "images for this server per month",
    "tiers": "tiers",
    "exempt_roles": "exempt roles",
    "channels": "channels",
    "private": "private results by default",
    "private_channels": "channels with private results by default",
    "hold_channels": "channels with review before results are shown",
    "hold_newcomers_days": "days of review for new members",
    "age_restricted_only": "age-restricted channels only",
    "spoiler": "images as spoilers",
    "blocked_words": "blocked words",
    "language": "language of public messages",
    "log_channel_id": "log channel",
    "log_prompts": "prompts in the log",
    "log_cost": "costs in the log",
    "paused": "paused",
}
MEMBER_DECISIONS = {"blocked": "blocked", "granted": "extra images this month for"}  # about a member
OTHER_DECISIONS = {"style": "style"}

# The operator
BOT_PAUSED = (
    "The bot is paused: it accepts no requests and sends none to Wan. Images that are generating now will finish. Use "
    "/operator resume to run it again."
)
BOT_RESUMED = "The bot is running again."
ANNOUNCED = "Members now see this in /quota: {announcement}"
ANNOUNCEMENT_REMOVED = "Announcement removed."
CHOOSE_WHOM_TO_BLOCK = (
    "Choose a person, or enter a server ID of 15 to 19 digits. Nothing changed. To copy a server ID, turn on Developer "
    "Mode in Discord and open the server's menu."
)
