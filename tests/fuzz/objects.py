"""Random files: manifests and access reviews, whole and spoilt, in every spelling that the program reads."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import yaml

from tests.fuzz.spoiling import spoilt_text, spoilt_value
from tests.robustness.contents import GENERATORS
from tests.robustness.names import (
    FIELDS,
    NAMES,
    PROPER,
    aggregated,
    named_objects,
    namesakes,
    places,
    review,
    users,
)
from tests.running import REPOSITORY
from tests.truth.changed_worlds import changed_world
from tests.truth.worlds import World

DEMO = REPOSITORY / "kubectl_kfaccess" / "sources" / "demo"
REVIEW = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview"}
REVIEW_KINDS = (
    "SubjectAccessReview", "LocalSubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview",
)  # fmt: skip
Object = Any


def manifests(draw: Random) -> bytes:
    """Return a file of manifests."""
    if draw.random() < 0.01:
        return GENERATORS[draw.choice(sorted(GENERATORS))]()
    objects = draw.choice((_world, _changed, _demo, _demo, _demo, _hostile))(draw)
    return _file(draw, objects)


def reviews(draw: Random) -> bytes:
    """Return a file of access reviews."""
    objects = draw.choice((_questions, _questions, _hostile_reviews))(draw)
    if draw.random() < 0.2:
        objects = [{**each, "kind": draw.choice(REVIEW_KINDS)} for each in objects]
    return _file(draw, objects)


def _file(draw: Random, objects: list[Object]) -> bytes:
    """Return the objects as a text; half of the files have mistakes in values, a quarter in the text."""
    for _ in range(draw.choice((0, 0, 0, 1, 1, 3))):
        objects = spoilt_value(draw, objects)
    if not isinstance(objects, list):
        objects = [objects]
    text = draw.choice(SPELLINGS)(objects).encode(errors="surrogatepass")
    return spoilt_text(draw, text) if draw.random() < 0.25 else text


def _world(draw: Random) -> list[Object]:
    return World(draw.randrange(1000), draw.randrange(1000), solo=draw.random() < 0.5).objects()


def _changed(draw: Random) -> list[Object]:
    changed = changed_world(World(draw.randrange(1000), draw.randrange(1000)))
    return [*changed.namespaces, *changed.objects, *changed.applied]


def _demo(draw: Random) -> list[Object]:
    """Return some objects of the demo in any order: profiles, policies and pipelines as Kubeflow has them."""
    objects = draw.sample(_demo_objects(), draw.randint(1, 60))
    return [_renamed(draw, each) if draw.random() < 0.1 else each for each in objects]


def _renamed(draw: Random, manifest: Object) -> Object:
    field = draw.choice(("name", "namespace"))
    return {**manifest, "metadata": {**manifest["metadata"], field: draw.choice(NAMES)}}


def _hostile(draw: Random) -> list[Object]:
    objects = _hostile_objects(draw.choice(("namesakes", "users", "places", "aggregated", "named_objects")))
    start = draw.randrange(len(objects))
    return list(objects[start : start + draw.randint(1, 12)])


def _questions(draw: Random) -> list[Object]:
    world = World(draw.randrange(1000), draw.randrange(1000))
    specs = world.questions(draw.randint(1, 12), world.objects())
    return [{**REVIEW, "spec": spec} for spec in specs]


def _hostile_reviews(draw: Random) -> list[Object]:
    return [review(draw.choice(FIELDS), draw.choice(PROPER)) for _ in range(draw.randint(1, 6))]


@functools.cache
def _demo_objects() -> Sequence[Object]:
    files = sorted(DEMO.glob("*.yaml"))
    return [each for file in files for each in yaml.load_all(file.read_bytes(), yaml.CSafeLoader) if each]


@functools.cache
def _hostile_objects(name: str) -> Sequence[Object]:
    return HOSTILE[name]()


HOSTILE: dict[str, Callable[[], list[Object]]] = {
    "namesakes": namesakes, "users": users, "places": places, "aggregated": aggregated,
    "named_objects": named_objects,
}  # fmt: skip


def _json_list(objects: list[Object]) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})


def _json_lines(objects: list[Object]) -> str:
    return "".join(f"{json.dumps(each)}\n" for each in objects)


def _json_texts(objects: list[Object]) -> str:
    return "\n".join(json.dumps(each, indent=2, ensure_ascii=False) for each in objects)


def _yaml_documents(objects: list[Object]) -> str:
    return yaml.dump_all(objects, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)


def _yaml_list(objects: list[Object]) -> str:
    return yaml.dump({"apiVersion": "v1", "items": objects, "kind": "List"}, Dumper=yaml.CSafeDumper)


def _yaml_flow(objects: list[Object]) -> str:
    return yaml.dump_all(objects, Dumper=yaml.CSafeDumper, default_flow_style=True)


SPELLINGS: tuple[Callable[[list[Object]], str], ...] = (
    _json_list, _json_list, _json_lines, _json_texts, _yaml_documents, _yaml_documents, _yaml_list,
    _yaml_flow,
)  # fmt: skip
