"""Which error becomes which sentence; cogs/text/phrases.py says it, with its facts and in the reader's language.

A refusal says what happened, that it was not counted, and what to do next.
"""

from __future__ import annotations

from collections.abc import Mapping

from imagegen.errors import Reason

SENTENCES: Mapping[Reason, str] = {
    Reason.PROMPT_EMPTY: "There are no words to paint from. Nothing was counted. Say what the image should show.",
    Reason.PROMPT_TOO_LONG: "Those are {length} characters; the model reads {limit} and would cut the rest without a "
    "word. Nothing was counted. Shorten it and send it again.",
    Reason.LINK_NOT_TAKEN: "I don't open links, so I can't use the image behind yours. Nothing was counted. Attach the "
    "image itself, or reply to the message that shows it.",
    Reason.NEGATIVE_TOO_LONG: "The words to avoid are {length} characters; the model reads {limit}. Nothing was "
    "counted. Shorten them and send it again.",
    Reason.TOO_MANY_IMAGES: "Those are {count} images; one request takes {limit}. Nothing was counted. Choose up "
    "to {limit} and send it again.",
    Reason.COUNT_OUT_OF_RANGE: "{count} images were asked for; one request makes 1 to {limit}. Nothing was counted. "
    "Choose a count in that range.",
    Reason.SEED_OUT_OF_RANGE: "A seed is a number from 0 to {limit}. Nothing was counted. Choose another, or leave it "
    "out.",
    Reason.ASPECT_RATIO_NEEDS_IMAGE: "The shape “same” needs an image to follow. Nothing was counted. Attach one, or "
    "choose another shape.",
    Reason.MODEL_NOT_OFFERED: "{model} is not offered here. "
    "Nothing was counted. Choose one that the command lists, or leave model out.",
    Reason.MODEL_NEEDS_IMAGE: "{model} changes images and draws nothing from words alone. "
    "Nothing was counted. Attach an image, or choose another model.",
    Reason.MODEL_TAKES_NO_IMAGES: "{model} draws from words alone and takes no images. "
    "Nothing was counted. Leave the images out, or choose another model.",
    Reason.MODEL_TELLS_NO_STORY: "{model} draws images and tells no stories. "
    "Nothing was counted. Use /imagine, or choose another model.",
    Reason.MODEL_TAKES_NO_NEGATIVE: "{model} reads no words to avoid. "
    "Nothing was counted. Say in the prompt what you want instead, or choose another model.",
    Reason.MEMBER_EMPTY: "Your allowance in this server is used up: {limit} a day. Nothing was counted. More comes "
    "<t:{resets_at}:R>.",
    Reason.PERSON_EMPTY: "Your allowance over all servers is used up: {limit} a day. Nothing was counted. More comes "
    "<t:{resets_at}:R>.",
    Reason.SERVER_EMPTY: "This server's allowance is used up: {limit} a month. Nothing was counted. More comes "
    "<t:{resets_at}:R>.",
    Reason.MONEY_DAY_EMPTY: "The bot has spent what its operator allows for today. Nothing was counted. Try again "
    "<t:{resets_at}:R>.",
    Reason.MONEY_MONTH_EMPTY: "The bot has spent what its operator allows for this month. Nothing was counted. Try "
    "again <t:{resets_at}:R>.",
    Reason.ATTEMPTS_EMPTY: "Your attempts for today are used up: {limit} a day. Nothing was counted. Try again "
    "<t:{resets_at}:R>.",
    Reason.PAID_EMPTY: "{limit} images were generated for you today, the most that one person may have, and some could "
    "not be delivered. This request isn't counted. Try again <t:{resets_at}:R>.",
    Reason.MORE_THAN_LEFT: "You asked for {asked} images; {allowance} has {left} left. Nothing was counted. Ask for "
    "{left} or fewer; more comes <t:{resets_at}:R>.",
    Reason.TOO_MANY_WAITING: "You have as many requests waiting as one person may: {limit}. Nothing was counted. Send "
    "this again when one of them is done.",
    Reason.QUEUE_FULL: "The line is full: {limit} are waiting. Nothing was counted. Try again in a few minutes.",
    Reason.INPUTS_OF_PERSON_FULL: "The images of your requests that still wait take all the room one person has: "
    "{limit_mb} MB. Nothing was counted. Send this again when one of them is done.",
    Reason.INPUTS_FULL: "Too many images are waiting to be read just now. Nothing was counted. Try again in a few "
    "minutes, or send a prompt without images.",
    Reason.MODERATION_PAUSE: "Three of your prompts were refused one after another, so there is a pause. Nothing was "
    "counted. Try again <t:{resets_at}:R>.",
    Reason.SENDING_PAUSED: "Painting is paused: the operator's account at the image service needs attention, and "
    "the operator knows. Nothing was counted. Try again later.",
    Reason.MODEL_PAUSED: "{model} is paused: the image service refuses it for now, and the operator knows. Nothing was "
    "counted. Choose another model, or try again later.",
    Reason.SERVER_NOT_ALLOWED: "The bot's operator has not opened it for this place. Nothing was counted. Ask the "
    "operator, or use it in a server where it is open.",
    Reason.BOT_PAUSED: "The bot's operator has paused it. Nothing was counted. Try again later.",
    Reason.OPERATOR_ONLY: "Only whoever hosts the bot can do that. Nothing was counted. Ask them.",
    Reason.SERVER_BLOCKED: "The bot's operator has blocked this server from using the bot. Nothing was counted. Use "
    "the bot in another server, or ask its operator.",
    Reason.PERSON_BLOCKED: "The bot's operator has blocked you from using the bot. Nothing was counted. If you think "
    "that is a mistake, contact the operator.",
    Reason.SERVER_PAUSED: "A manager of this server has paused the bot here. Nothing was counted. Ask a manager, or "
    "use it elsewhere.",
    Reason.MEMBER_BLOCKED: "A manager of this server has taken the bot from you here. Nothing was counted. Ask a "
    "manager of the server.",
    Reason.CHANNEL_NOT_ALLOWED: "In this server the bot paints only in {channels}. Nothing was counted. Ask for it "
    "there.",
    Reason.AGE_RESTRICTED_ONLY: "In this server the bot paints only in age-restricted channels. Nothing was counted. "
    "Ask for it in one of them.",
    Reason.PROMPT_BLOCKED: "Your words hold something that this server's managers do not allow. Nothing was counted. "
    "Say it differently.",
    Reason.MANAGERS_ONLY: "Only those who may manage this server can do that. Nothing was counted. Ask one of them.",
    Reason.RULE_OUT_OF_RANGE: "That is more, or less, than a rule can hold: the most is {limit}. Nothing was counted "
    "or changed. Choose another value.",
    Reason.WORD_TOO_SHORT: "A blocked word needs at least {limit} letters or digits: a shorter one matches nothing, or "
    "almost every prompt. Nothing was counted or changed. Choose a longer word.",
    Reason.CONSENT_REFUSED: "Whoever posted image {position} lets nobody edit their images. Nothing was counted. "
    "Choose another image, or ask them.",
    Reason.MY_DATA_TOO_SOON: "You got your data a short while ago. Nothing was counted. Ask for it again "
    "<t:{resets_at}:R>.",
    Reason.READS_TOO_FAST: "That's a lot of pages at once. Nothing was counted. Try again in {wait_s} s.",
    Reason.PRESSED_TWICE: "You pressed that a moment ago, so this press did nothing. Nothing was counted for it. To "
    "get one more, press again in {wait_s} s.",
    Reason.STORE_UNAVAILABLE: "The bot cannot write anything down just now. Nothing was counted. Try again shortly.",
    Reason.STORE_IN_DOUBT: "The bot cannot tell just now whether it took your request. If it did, the image comes "
    "by itself and is counted once. If nothing has come in a few minutes, nothing was counted: try again.",
    Reason.IMAGE_NOT_A_IMAGE: "Image {position} is not an image, whatever its name says. Nothing was counted. "
    "Send a PNG, JPEG, WEBP, GIF, BMP, TIFF or AVIF.",
    Reason.IMAGE_TRUNCATED: "Image {position} is damaged or cut off and cannot be read. Nothing was counted. Save "
    "it again and send it anew.",
    Reason.IMAGE_HEIC: "Image {position} is a HEIC, which cannot be read here. Nothing was counted. Send it as a JPEG.",
    Reason.IMAGE_KIND: "Image {position} is in the {kind} format, which the bot can't read. Nothing was counted. "
    "Export it as a PNG or JPEG, or take a screenshot, and send that.",
    Reason.IMAGE_RAW: "Image {position} is a camera's RAW file, which the bot can't read. Nothing was counted. "
    "Export it as a JPEG and send that.",
    Reason.IMAGE_VIDEO: "File {position} is a video, and the bot reads only images. Nothing was counted. Take a "
    "screenshot of the moment you want and send that.",
    Reason.IMAGE_TOO_SMALL: "Image {position} has {width_px} × {height_px} pixels; each side needs {limit_px}. "
    "Nothing was counted. Send a larger one.",
    Reason.IMAGE_TOO_LONG: "Image {position} is more than {limit} times as long as it is wide, and this model "
    "takes none such. Nothing was counted. Crop it, or choose another model.",
    Reason.IMAGE_TOO_LARGE: "Image {position} has {megapixels} megapixels; the most for {kind} is "
    "{limit_megapixels}. Nothing was counted. Send a smaller one.",
    Reason.IMAGE_TOO_HEAVY: "Image {position} is over {limit_mb} MB. Nothing was counted. Send a smaller file.",
    Reason.IMAGE_TOO_COMPLEX: "Image {position} takes more time or memory to open than there is. Nothing was "
    "counted. Save it smaller, or as a JPEG.",
    Reason.IMAGE_UNREACHABLE: "Image {position} could not be fetched from Discord. Nothing was counted. Attach it "
    "again.",
    Reason.IMAGE_HOST_REFUSED: "Image {position} is not kept by Discord, and nothing else is fetched. Nothing was "
    "counted. Save it and attach it.",
    Reason.IMAGES_TOO_HEAVY_TOGETHER: "The images are over {limit_mb} MB together. Nothing was counted. Send fewer "
    "or smaller ones.",
    Reason.FILE_NOT_AN_IMAGE: "File {position} is a video or a sound, not an image. Nothing was counted. Send a PNG, "
    "JPEG, WEBP, GIF, BMP, TIFF or AVIF.",
    Reason.FILE_EMPTY: "File {position} is empty. Nothing was counted. Attach it again.",
    Reason.INPUTS_GONE: "That request's words or images are no longer kept. Nothing was counted. Use Edit on its "
    "result instead.",
    Reason.INPUT_ERASED: "The person who posted image {position} had everything of theirs erased. Nothing was "
    "counted. Choose another image.",
    Reason.RESULT_UNSEEN: "That image is gone, or stands where you cannot see it now. Nothing was counted. Choose "
    "another one.",
    Reason.MODERATION: "The image service's moderation refused this. Nothing was counted. Say it differently.",
    Reason.COPYRIGHT: "The image service refused this for copyright. Nothing was counted. Ask for something of "
    "your own.",
    Reason.KEY_REFUSED: "The operator's account at the image service needs attention, and the operator knows. "
    "Nothing was counted. Try again later.",
    Reason.ACCOUNT_OVERDUE: "The operator's account at the image service needs attention, and the operator knows. "
    "Nothing was counted. Try again later.",
    Reason.TURNED_AWAY: "The image service takes no requests from this bot for now. Nothing was counted. Try "
    "again later.",
    Reason.MODEL_REFUSED: "The image service refuses {model} for now, and the operator knows. Nothing was "
    "counted. Choose another model, or try again later.",
    Reason.CALL_REFUSED: "The image service refuses {model} for now, and the operator knows. Nothing was "
    "counted. Choose another model, or try again later.",
    Reason.BUSY: "The image service was too busy, several times in a row. Nothing was counted. Try again in a few "
    "minutes.",
    Reason.WAN_DOWN: "The image service does not work just now. Nothing was counted. Try again in a few minutes.",
    Reason.WAN_REJECTED: "The image service rejected this request, and the operator can see why. Nothing was counted."
    " Try rewording it, or try again later.",
    Reason.WAN_SETUP: "The image service can't be reached with {model} the way this bot is set up, and the operator "
    "knows. Nothing was counted. Choose another model, or try again later.",
    Reason.WAN_UNREADABLE: "The image service's answer couldn't be read, and the operator knows. Nothing was counted."
    " Try again later.",
    Reason.WAN_REJECTED_IMAGE: "The image service cannot use one of the images. Nothing was counted. Save it "
    "again as a JPEG or PNG, and send it anew.",
    Reason.UNANSWERED: "The image service did not answer in time. Nothing was counted against you. Try again.",
    Reason.RESULT_LOST: "The image was made, but could not be fetched. Nothing was counted against you. Try again.",
    Reason.NO_IMAGE: "The image service made no image of this. Nothing was counted. Say it differently.",
    Reason.MORE_THAN_ASKED: "The image service made more images than were asked for. You got what you asked for, "
    "and only that is counted. The operator knows: there is nothing to do.",
    Reason.TOO_LATE: "The line was too long to show you an image here in time. Nothing was counted. Try again later.",
    Reason.UNDELIVERED: "The image was made, but Discord took it nowhere. Nothing was counted against you. Ask where "
    "the bot may write.",
    Reason.PLACE_CLOSED: "Your images were generated, but the channel or message was deleted or closed to the bot, so "
    "they could not be delivered. Images counted: {counted}. Next time, ask where the bot can post.",
    Reason.RESULT_TOO_HEAVY: "The image was made, but its file is larger than Discord takes here. Nothing was "
    "counted against you. Ask for it with quality normal.",
    Reason.INTERNAL: "Something went wrong in the bot itself, and its operator can see it. Nothing was counted against "
    "you. Try again.",
}
