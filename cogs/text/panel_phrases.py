"""The sentences of the panel of a server's settings, in English."""

from __future__ import annotations

PAGES = {
    "overview": "Overview", "limits": "Limits", "channels": "Channels", "safety": "Safety", "messages": "Messages",
}  # fmt: skip
HINTS = {  # below a setting
    "tiers": "A member with several of these roles gets the highest number.",
    "exempt_roles": "Free from this server's member limit, not from the operator's.",
    "channels": "Without any, the bot works in every channel. A thread belongs to its channel.",
    "private": "Members can share what they like, and can choose otherwise for a request.",
    "private_channels": "Results there are shown to the requester alone, who can share them.",
    "hold_channels": "Results there wait until a manager shows or withholds them.",
    "hold_newcomers_days": "Results of members who joined more recently wait until a manager shows or withholds them.",
    "age_restricted_only": "Generate only in age-restricted channels.",
    "spoiler": "Hide each image until someone clicks it.",
    "blocked_words": "Prompts that contain one of them are refused, also in disguised spellings.",
    "language": "Private answers are in each member's own language.",
    "log_channel_id": "The bot lists each result there, with a link.",
}
NEEDS_LOG = "Choose a log channel under Messages: managers get the results to review there."
LOG_CLOSED = "I can't post there. Let me view the channel, send messages and attach files in it."
TURN_ON, TURN_OFF = "Turn on", "Turn off"
PAUSE, RESUME = "Pause the bot here", "Resume the bot here"
SET_LIMITS, SET_TIER = "Set limits", "Set a tier"
EDIT_WORDS, TRY_PROMPT = "Edit blocked words", "Try a prompt"
UNDO = "Undo: {name}"
CHOOSE_ROLE, CHOOSE_ROLES = "Choose a role", "Choose roles"
CHOOSE_CHANNELS, CHOOSE_LOG = "Choose channels", "Choose a channel"
PART_OF_LIST = ": {first}–{last} of {number}"
NEXT_PART = "Show the next ones"
REMOVE_DELETED = "Remove deleted"
DELETED_IN_LIST = ("{number} deleted: {ids}", "{number} deleted: {ids}")
NO_REVIEW = "No review"
OPERATORS_LIMIT = "Empty: the operator's limit"
CEILING = "The operator's limit is {number}"
NO_TIER = "Empty: no tier for this role"
PROMPT_REFUSED = "This prompt would be blocked here. It contains {words}."
PROMPT_PASSES = "This prompt contains none of this server's blocked words."
NOTHING_CHANGED = "No change: that was already set."
