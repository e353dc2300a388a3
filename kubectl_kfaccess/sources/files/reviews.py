"""SubjectAccessReviews from files: YAML, JSON, a List, or a JSON object a line, which is read fastest."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import ErrorCode, UnreadableInput, UsageError
from kubectl_kfaccess.rbac.reviews import KIND, Review, problem
from kubectl_kfaccess.sources.files.documents import UNREADABLE, Document, documents, opened, told, undecoded
from kubectl_kfaccess.sources.kinds import BY_KIND

GROUP = "authorization.k8s.io"
MOST_TOLD = 10

Located = tuple[str, Review]


def read(paths: Iterable[str], env: Environment) -> list[Located]:
    """Return the reviews in *paths* with their places; anything that the server would refuse is an error."""
    found = [located for path in paths for located in _of_file(path, env)]
    wrong = [f"{where}: {trouble}" for where, review in found if (trouble := _problem(review))]
    if wrong:
        more = f" (and {len(wrong) - MOST_TOLD} more)" if len(wrong) > MOST_TOLD else ""
        raise UsageError("; ".join(wrong[:MOST_TOLD]) + more, code=ErrorCode.REFUSED_OBJECT)
    if not found:
        raise UnreadableInput(f"no {KIND} in {', '.join(f'`{path}`' for path in paths)}")
    return found


def _of_file(path: str, env: Environment) -> Iterator[Located]:
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
    """Whether the first line is a review by itself: then every line is one."""
    try:
        return bool(msgspec.json.decode(line, type=Review).kind == KIND)
    except UNREADABLE:
        return False


def _lines(first: bytes, rest: Iterable[bytes], label: str) -> Iterator[Located]:
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


def _converted(found: Iterable[Document]) -> Iterator[Located]:
    for document in found:
        head = document.head()
        if head.type in BY_KIND:
            raise UsageError(
                f"{document.where} is a {head.kind}, not a {KIND}",
                hint="the cluster's objects are named with `-f`: `review REVIEWS -f OBJECTS`",
            )
        yield document.where, _with_raw_metadata(document)


def _with_raw_metadata(document: Document) -> Review:
    """A document that came from YAML has its metadata as a value; a review keeps it as JSON text."""
    content: Any = document.content
    if isinstance(content, dict):
        try:
            content = msgspec.Raw(msgspec.json.encode(content))
        except (TypeError, msgspec.EncodeError) as error:
            raise UnreadableInput(f"{document.where}: {told(error)}") from error
    return Document(document.where, content).to(Review)


def _problem(review: Review) -> str:
    group, _, _ = review.api_version.partition("/")
    if (group, review.kind) != (GROUP, KIND):
        return f"a {review.kind or 'object without kind'}, not a {KIND} of {GROUP}/v1"
    return problem(review)
