"""The details of a result, as a member reads them."""

from __future__ import annotations

from datetime import datetime

from cogs.text import image_lines
from cogs.text.i18n import Translator
from cogs.text.models import QUALITIES, card_name
from cogs.text.spoilers import shown_within
from cogs.ui.form_choices import aspect_ratio_name
from imagegen.model import Job
from imagegen.policy.palette import palette_text

# A message holds 4,000 characters in all of its texts.
# https://discord.com/developers/docs/components/reference#text-display (2026-11-22)
PROMPT_CHARS, NEGATIVE_CHARS = 2800, 700


def details_text(job: Job, parent_link: str | None, translate: Translator) -> str:
    """Return prompt, aspect ratio, model, times and Wan's own id, one per line. Leave out what is unknown."""
    request = job.request
    lines = [
        shown_within(request.prompt, PROMPT_CHARS),
        _avoided(job, translate),
        *image_lines.style(job, translate),
        _format(job, translate),
        translate("Model: {model}", model=card_name(job.model, translate)),
        *_options(job, translate),
        "" if request.enhance is not False else translate("The prompt was sent unchanged."),
        *image_lines.edited_parts(job, translate),
        *image_lines.variation(job, translate),
        "" if parent_link is None else translate("Edited from {link}", link=parent_link),
        _took(job, translate),
        translate("Request: {request_id}", request_id=f"`{job.request_id}`") if job.request_id else "",
        translate("Job: {number}", number=job.id),
    ]
    return "\n".join(line for line in lines if line)


def _avoided(job: Job, translate: Translator) -> str:
    negative = shown_within(job.request.negative_prompt, NEGATIVE_CHARS)
    return translate("Negative prompt: {negative}", negative=negative) if negative else ""


def _format(job: Job, translate: Translator) -> str:
    aspect_ratio = translate(aspect_ratio_name(job.request))
    size = job.made.size.replace("*", " × ") if job.made else ""
    quality = translate(QUALITIES[job.request.quality]) if job.request.quality in QUALITIES else ""
    seed = "" if job.request.seed is None else translate("seed {seed}", seed=job.request.seed)
    return translate.listed([part for part in (aspect_ratio, size, quality, seed) if part])


def _options(job: Job, translate: Translator) -> list[str]:
    """Return a line for each option that only some models have."""
    request, lines = job.request, []
    if request.image_set:
        shown = job.delivered if job.delivered is not None else len(job.made.links) if job.made else 0
        lines.append(translate("Image set: {shown} of up to {count} images", shown=shown, count=request.count))
    if request.palette:
        lines.append(translate("Palette: {colors}", colors=palette_text(request.palette)))
    if request.thinking is not None:
        lines.append(translate("Thinking: on" if request.thinking else "Thinking: off"))
    return lines


def _took(job: Job, translate: Translator) -> str:
    """Return how long the job took in all, and how long Wan generated."""
    if job.ended_at is None or job.generated_at is None or job.submitting_at is None:
        return ""
    whole, generating = (_seconds(job.requested_at, job.ended_at), _seconds(job.submitting_at, job.generated_at))
    return translate(
        "Took {whole}, including {generating} to generate",
        whole=translate.seconds(whole),
        generating=translate.seconds(generating),
    )


def _seconds(begin: datetime, end: datetime) -> int:
    return max(1, round((end - begin).total_seconds()))
