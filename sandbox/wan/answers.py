"""Build ``output`` and ``usage`` in the shape of each model. Pure.

The documents of the models: see the rows in models/.
"""

from __future__ import annotations

from typing import Any

from sandbox.wan.models.records import Answers, UsageFormat
from sandbox.wan.requests import AcceptedRequest

LARGEST_1K_PX = 2_250_000
Json = dict[str, Any]


def choice(content: list[Json]) -> Json:
    """Return one choice with the items of *content*."""
    return {"finish_reason": "stop", "message": {"role": "assistant", "content": content}}


def item(accepted: AcceptedRequest, link: str) -> Json:
    """Return a result as an item of ``content``."""
    return {"type": "image", "image": link} if accepted.parsed.model.answers.typed else {"image": link}


def images(accepted: AcceptedRequest, items: list[Json], *, blocked: bool = False) -> Json:
    """Return ``output`` and ``usage`` with *items*, each billed. *blocked*: one more image came first, and is missing.

    How ``choices`` look after a partial success is not documented.
    """
    answers, count = accepted.parsed.model.answers, len(items)
    together = answers.together or accepted.parsed.is_set
    choices = [choice(items)] if together else [choice([one]) for one in items]
    if blocked and not together:
        choices.insert(0, choice([]))
    if answers.echoes_prompt:
        _echo_prompt(choices[0]["message"], accepted)
    output: Json = {"choices": choices, **({"finished": True} if answers.finished else {})}
    if answers.task_metric:
        output["task_metric"] = {"TOTAL": count, "SUCCEEDED": count, "FAILED": 0}
    if answers.usage is UsageFormat.OUTPUT and not accepted.parsed.rewrites:
        output["rewrite_status"] = "not_use"  # of a rewritten prompt, the word is not known
    return {"output": output, "usage": usage(accepted, count)}


def _echo_prompt(message: Json, accepted: AcceptedRequest) -> None:
    """Add the prompt, as sent or as rewritten, and the reasoning that rewrote it."""
    parsed = accepted.parsed
    message["content"].append({"text": f"{parsed.prompt}, in soft light" if parsed.rewrites else parsed.prompt})
    message["reasoning_content"] = f"What does “{parsed.prompt}” look like?" if parsed.rewrites else ""


def usage(accepted: AcceptedRequest, count: int) -> Json:
    """Return ``usage`` for *count* images, in the model's spelling."""
    answers = accepted.parsed.model.answers
    if answers.usage is UsageFormat.SIZE:
        return sized_usage(accepted, count, *answers.tokens)
    if answers.usage is UsageFormat.OUTPUT:
        return _output_usage(accepted, count)
    found: Json = {"image_count": count, "width": accepted.width, "height": accepted.height}
    return {**found, **_rewriting_usage(answers, accepted)}


def sized_usage(accepted: AcceptedRequest, count: int, tokens_in: int, tokens_out: int) -> Json:
    """Return ``usage`` as Wan spells it."""
    return {
        "image_count": count,
        "size": f"{accepted.width}*{accepted.height}" if count else "0*0",
        "input_tokens": tokens_in,
        "output_tokens": tokens_out,
        "total_tokens": tokens_in + tokens_out,
    }


def _rewriting_usage(answers: Answers, accepted: AcceptedRequest) -> Json:
    """Return the tokens of rewriting a prompt: 0 without it."""
    if not answers.echoes_prompt:
        return {}
    read = len(accepted.parsed.prompt) if accepted.parsed.rewrites else 0
    found: Json = {"input_tokens": read, "output_tokens": 2 * read, "total_tokens": 3 * read}
    return {**found, "output_tokens_details": {"reasoning_tokens": read}} if read else found


def _output_usage(accepted: AcceptedRequest, count: int) -> Json:
    """Return ``usage`` of 3.0. The tiers of inputs and outputs follow the output's area."""
    tier = "1k" if accepted.width * accepted.height <= LARGEST_1K_PX else "2k"
    return {
        "output_image_count": count,
        "output_width": accepted.width,
        "output_height": accepted.height,
        "output_image_type": f"qima_output_{tier}",
        "input_image_count": len(accepted.parsed.links),
        "input_image_type": f"qima_input_{tier}",
    }
