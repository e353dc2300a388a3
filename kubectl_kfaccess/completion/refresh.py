"""
The process that asks the server for names after a TAB, and caches them.

It has no terminal and no streams, and ends after ten seconds. A credential plugin that it runs cannot ask the
user anything, and ends with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kubectl_kfaccess.completion.collected import of_snapshot, of_type
from kubectl_kfaccess.completion.kept_files import write
from kubectl_kfaccess.completion.parts import PARTS, Part, file_name
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import KfaccessError
from kubectl_kfaccess.sources.cluster.cluster import ClusterSource
from kubectl_kfaccess.sources.cluster.connection_pool import LISTS_AT_ONCE
from kubectl_kfaccess.sources.cluster.named_objects import METADATA_ONLY
from kubectl_kfaccess.sources.cluster.threads import at_once
from kubectl_kfaccess.sources.cluster.transport import Refused
from kubectl_kfaccess.sources.kubeconfig import choice
from kubectl_kfaccess.sources.kubeconfig.connection import Connection
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from kubectl_kfaccess.sources.source import Wanted

LIFE_SECONDS = 10.0
KEPT_SECONDS = 2 * 24 * 3600.0
MOST_OBJECTS = 500  # names of one type that are asked for


def main() -> None:
    """Carry out the order on standard input (see `Names._started`), and end the process."""
    with contextlib.suppress(BaseException):  # nobody would see an error
        order = json.load(sys.stdin)
        _limit()
        carry_out(order)
        for directory in (Path(order["cache"]) / "kfaccess" / "completion", Path(order["folder"])):
            _tidy(directory)
    os._exit(0)


def carry_out(order: dict[str, Any]) -> None:
    """Ask the server for each part of *order*, and cache its answers; parts that fail are left out."""
    nowhere = Path(os.devnull)
    with nowhere.open("rb") as stdin, nowhere.open("w") as out:  # no terminal, so plugins cannot ask anything
        env = Environment(stdin, out, out, dict(os.environ), Path.cwd())
        connection = _without_refresh(choice.load(ConnectionFlags(**order["flags"]), env))
        limit = min(connection.timeout or LIFE_SECONDS, LIFE_SECONDS)
        source = ClusterSource(lambda: connection._replace(timeout=limit), env, Path(order["cache"]))
        _ = source.transport  # opened here once, and not by several threads at the same time
        at_once(lambda part: _keep(part, order, source), order["parts"], LISTS_AT_ONCE)


def _without_refresh(connection: Connection) -> Connection:
    """
    Return *connection* without its refresh-token.

    This process can be ended at any time. If the identity provider has just replaced the token, and the new
    one is not saved yet, the user is logged out.
    """
    provider = connection.auth_provider
    if not provider:
        return connection
    config = {key: value for key, value in provider.config.items() if key != "refresh-token"}
    return connection._replace(auth_provider=provider._replace(config=config))


def _keep(part: str, order: dict[str, Any], source: Any) -> None:
    """Ask the server for one part, and write its cache file."""
    folder, place = Path(order["folder"]), order["flags"].get("namespace", "")
    try:
        names, whole = _names_of(part, order, source)
    except KfaccessError:
        return
    write(folder / file_name(part, "" if whole else place), names)


_NamesBySort = tuple[dict[str, list[Any]], bool]
"""Names by their sort, and whether they are of the whole cluster; else they are of the namespace."""


def _names_of(part: str, order: dict[str, Any], source: Any) -> _NamesBySort:
    """Return the names of a part; raises KfaccessError if the server does not give them."""
    if part in PARTS:
        return _listed(PARTS[part], source, order)
    return _types(source) if part == "types" else _objects(source, order)


def _listed(part: Part, source: Any, order: dict[str, Any]) -> _NamesBySort:
    """Return the names of a part: in the cluster, or in the namespace if the cluster's lists are refused."""
    place = order["flags"].get("namespace", "")
    snapshot, whole = source.read(Wanted(part.resources)), True
    if snapshot.gaps and place and part.is_namespaced:
        snapshot, whole = source.read(Wanted(part.resources, (place,))), False
    names = of_snapshot(snapshot)
    return {sort: names[sort] for sort in part.sorts}, whole


def _types(source: Any) -> _NamesBySort:
    return {"types": [of_type(served) for served in source.resource_types()]}, True


def _objects(source: Any, order: dict[str, Any]) -> _NamesBySort:
    """Return the names of one type's objects, without their content; none if the caller cannot list them."""
    group, name, namespace = order["objects"]
    try:
        within = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
        path = f"{_version(source, group)}{within}/{quote(name, safe='')}"
        answer = json.loads(source.transport.get(path, {"limit": MOST_OBJECTS}, accept=METADATA_ONLY))
    except Refused:
        return {"objects": []}, True
    items = answer["items"] if answer["kind"] == "PartialObjectMetadataList" else ()
    return {"objects": [item["metadata"]["name"] for item in items]}, True


def _version(source: Any, group: str) -> str:
    """Return the URL path of the version that the server prefers for a group."""
    if not group:
        return "/api/v1"
    answer = json.loads(source.transport.get(f"/apis/{quote(group, safe='')}"))
    return f"/apis/{answer['preferredVersion']['groupVersion']}"


def _limit() -> None:
    """End this process in time, by an exception, so that everything that it started ends with it."""

    def end(_signal: int, _frame: object) -> None:
        raise TimeoutError

    if hasattr(signal, "setitimer"):  # not on Windows, where only the deadlines of requests apply
        signal.signal(signal.SIGALRM, end)
        signal.setitimer(signal.ITIMER_REAL, LIFE_SECONDS)


def _tidy(directory: Path) -> None:
    """Remove the cache files that are older than KEPT_SECONDS."""
    for file in directory.iterdir():
        if time.time() - file.stat().st_mtime > KEPT_SECONDS:
            file.unlink(missing_ok=True)
