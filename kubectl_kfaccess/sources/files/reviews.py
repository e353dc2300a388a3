"""SubjectAccessReviews from files: YAML, JSON, a List, or JSON Lines, which is the fastest to read."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import ErrorCode, UnreadableInput, UsageError
from kubectl_kfaccess.rbac.reviews import KIND, Review, problem
from kubectl_kfaccess.sources.files.document import UNREADABLE, Document, decoding_problem, undecoded
from kubectl_kfaccess.sources.files.documents import documents, opened
from kubectl_kfaccess.sources.kinds import BY_KIND

GROUP = "authorization.k8s.io"
MOST_PROBLEMS = 10  # that one error message names

Located = tuple[str, Review]
"""A review and the place where it was read, `FILE:LINE`."""


def read(paths: Iterable[str], env: Environment) -> list[Located]:
    """Return the reviews in *paths* with their places; raises UsageError if a server would reject one."""
    reviews = [located for path in paths for located in _of_file(path, env)]
    problems = [f"{where}: {text}" for where, review in reviews if (text := _problem(review))]
    if problems:
        more = f" (and {len(problems) - MOST_PROBLEMS} more)" if len(problems) > MOST_PROBLEMS else ""
        raise UsageError("; ".join(problems[:MOST_PROBLEMS]) + more, code=ErrorCode.REFUSED_OBJECT)
    if not reviews:
        raise UnreadableInput(f"no {KIND} in {', '.join(f'`{path}`' for path in paths)}")
    return reviews


def _of_file(path: str, env: Environment) -> Iterator[Located]:
    """Yield the reviews in a file, in a directory, or on standard input."""
    if (env.cwd / path).is_dir() and path != "-":
        yield from _converted(documents([path], env))
        return
    with opened(path, env) as (stream, label):
        first = stream.readline()
        if _is_whole(first):
            yield from _lines(first, stream, label)
        else:
            whole = env._replace(stdin=io.BytesIO(first + stream.read()))
            yield from _converted(documents(["-"], whole, label=label))


def _is_whole(line: bytes) -> bool:
    """Return whether the first line is a complete review: if it is, every line has to be one."""
    try:
        return bool(msgspec.json.decode(line, type=Review).kind == KIND)
    except UNREADABLE:
        return False


def _lines(first: bytes, rest: Iterable[bytes], label: str) -> Iterator[Located]:
    """Yield the reviews of JSON Lines; raises UsageError with the line that is not a review."""
    decoder = msgspec.json.Decoder(Review)
    number = 0
    for lines in ([first], rest):
        for line in lines:
            number += 1
            if line.isspace():
                continue
            try:
                yield f"{label}:{number}", decoder.decode(line)
            except UNREADABLE as error:
                raise undecoded(f"{label}:{number}: ", error) from error


def _converted(objects: Iterable[Document]) -> Iterator[Located]:
    """Yield the documents as reviews; raises UsageError for an object of the cluster."""
    for document in objects:
        head = document.head()
        if head.type in BY_KIND:
            raise UsageError(
                f"{document.where} is a {head.kind}, not a {KIND}",
                hint="use `-f` for the cluster's objects: `review REVIEWS -f OBJECTS`",
            )
        yield document.where, _with_raw_metadata(document)


def _with_raw_metadata(document: Document) -> Review:
    """Return the review of a document with its metadata as JSON text, also if it was read from YAML."""
    content: Any = document.content
    if isinstance(content, dict):
        try:
            content = msgspec.Raw(msgspec.json.encode(content))
        except (TypeError, msgspec.EncodeError) as error:
            raise UnreadableInput(f"{document.where}: {decoding_problem(error)}") from error
    return Document(document.where, content).to(Review)


def _problem(review: Review) -> str:
    """Return why a server would reject a review, "" if it would not."""
    group, _, _ = review.api_version.partition("/")
    if (group, review.kind) != (GROUP, KIND):
        return f"a {review.kind or 'object without kind'}, not a {KIND} of {GROUP}/v1"
    if isinstance(review.metadata, msgspec.Raw) and bytes(review.metadata).lstrip()[:1] not in (b"{", b"n"):
        return "its metadata is not an object"
    return problem(review)
