"""What members and managers read about reports and reviews."""

from __future__ import annotations

from imagegen.policy.review import CardKind, Decision, ReportReason

WHY = (
    "Why are you reporting this image? The managers of this server see the image and the reason, but not who reported."
)
CHOOSE = "Choose a reason"
REASONS = {
    ReportReason.NUDITY: "nudity or sexual content",
    ReportReason.VIOLENCE: "violence or gore",
    ReportReason.HATE: "hate or harassment",
    ReportReason.PERSON: "a real person without consent",
    ReportReason.COPYRIGHT: "copyright",
    ReportReason.OTHER: "something else",
}
SENT = "Thanks. The managers of this server have your report, without your name."
KEPT = (
    "Your report is saved, but the managers can't see it yet: this server has no log channel that I can post in. They "
    "get it when there is one. You can also contact a manager yourself."
)
REPORTED_BEFORE = "You've already reported this image. Nothing changed."
NOT_OURS = (
    "You can only report images that I posted in this server. To report other messages, use Discord's own report menu."
)
PRIVATE = "Only you can see this image, so there's no one to report it to. You can delete the message."
GONE = "That message is gone, so there's nothing to report. If you saved the image, show a manager."
TITLES = {CardKind.REPORT: "**Reported image**", CardKind.HOLD: "**Image waiting for review**"}
REQUESTER = "Requested by {requester}"
LINKED = "{requester} · [View]({jump})"
NO_IMAGE = "-# I couldn't get the image: its message is gone, or closed to me."
DECISIONS = {
    Decision.REMOVED: "Removed by {manager}, {at}",
    Decision.BLOCKED: "Member blocked and image removed by {manager}, {at}",
    Decision.DISMISSED: "Dismissed by {manager}, {at}",
    Decision.SHOWN: "Shown by {manager}, {at}",
    Decision.WITHHELD: "Withheld by {manager}, {at}",
    Decision.EXPIRED: "Withheld, {at}: no decision in time",
}
HELD = (
    "Your image is ready. A manager of this server looks at it before it's shown here. Without a decision within 23 "
    "hours, it won't use your quota."
)
HELD_PRIVATE = (
    "Your image is ready. The managers of this server look at it before you see it; other members never do. Without "
    "a decision within 23 hours, it won't use your quota."
)
IS_PRIVATE = "-# Only the requester will see it."
MORE_IMAGES = "-# Images that don't fit on this card: {count}"
DECIDE_BY = "-# Withheld automatically {at}"
WITHHOLD = "Withhold image"
WHY_WITHHOLD = "What should the member know?"
WHY_OPTIONAL = "Optional. They read it without your name"
SAID = "The manager wrote: {said}"
WITHHELD_IN_PUBLIC = (
    "A manager of this server withheld your image, and I couldn't DM you more. It didn't use your quota. Ask the "
    "managers why."
)
TOO_LATE = "Too late: there was no decision in time, so the image is withheld. Nothing changed."
DECIDED_BEFORE = "This was decided before. Nothing changed. {decision}"
NOT_STORED = "This image is no longer stored, so there's nothing to decide. You can delete this card."
NOT_READY = "This card isn't ready yet. Nothing changed. Try again in a few seconds."
NOT_A_REVIEWER = (
    "Only members who can manage messages in the image's channel, or manage this server, can decide this. Nothing "
    "changed."
)
REMOVED_BEFORE = "-# Its message was already gone."
REMOVED_SOME = "-# I can't reach its channel, so a message of it may still be there."
