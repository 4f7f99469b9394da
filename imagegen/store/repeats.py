"""The input images of a request that repeats or changes another one. Part of the transaction that accepts it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from imagegen.errors import Reason, Refused
from imagegen.image_request import ImageRequest, InputImage
from imagegen.policy.characters import kept_inputs
from imagegen.store import input_bytes, jobs, references
from imagegen.store.input_bytes import Source

Inputs = list[tuple[InputImage, Source]]


def inputs_of(tx: Connection, source_id: int, user_id: int, request: ImageRequest, now: datetime) -> Inputs:
    """Return the stored input images of job *source_id* that stay in *request*, and the reference images it adds.

    Raise Refused INPUTS_GONE or REFERENCE_GONE if one of them was deleted, INPUTS_PRIVATE if *user_id* may not see one,
    and CHARACTER_OF_OTHERS if *user_id* may not use a character that shows a person. Lock the reference images: a
    removal meanwhile finds the copies.
    """
    source = jobs.job(tx, source_id)
    images, sources = input_bytes.stored(tx, source_id), input_bytes.sources_of(tx, source_id)
    if source is None or len(images) < source.input_count:
        raise Refused(Reason.INPUTS_GONE)
    kept = kept_inputs(source.request, source.input_count, request)
    inputs = [(images[position - 1], sources[position - 1]) for position in kept]
    ids = sorted({each.reference_id for _, each in inputs if each.reference_id is not None})
    is_others = source.request.private and source.requester.user_id != user_id
    if is_others and any(each.reference_id is None for _, each in inputs):
        raise Refused(Reason.INPUTS_PRIVATE)
    if references.hold(tx, ids) != set(ids):
        raise Refused(Reason.INPUTS_GONE)
    if (name := references.not_for(tx, ids, user_id)) is not None:
        raise Refused(Reason.CHARACTER_OF_OTHERS, name=name)
    return [*inputs, *_added(tx, request, now)]


def _added(tx: Connection, request: ImageRequest, now: datetime) -> Inputs:
    if (failure := references.gone(tx, request.images)) is not None:
        raise Refused(Reason.REFERENCE_GONE, **failure.facts)
    found = references.images_of(tx, request.images)
    return [
        (found[link.reference_id], Source(link.owners, now, link.reference_id))
        for link in request.images
        if link.reference_id is not None
    ]
