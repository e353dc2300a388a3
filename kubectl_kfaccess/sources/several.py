"""Several clusters: the contexts of a kubeconfig that were chosen, or several snapshots behind `-f`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import ErrorCode, UsageError
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.sources.kubeconfig.choice import missing_entry, names
from kubectl_kfaccess.sources.snapshots.opening import is_snapshot_file
from kubectl_kfaccess.sources.source_choice import SourceChoice

_ENDINGS = (".gz", ".json")


class ClusterChoice(NamedTuple):
    """One of several clusters: its *name*, and the source that is this cluster alone."""

    name: str
    source: SourceChoice


def cluster_choices(choice: SourceChoice, env: Environment) -> tuple[ClusterChoice, ...]:
    """
    Return the clusters that *choice* names, sorted by name; () if it is the choice of one cluster.

    Raises UsageError if a context or pattern names none, or snapshots are mixed with other files, and
    UnusableKubeconfig if the kubeconfig cannot be read.
    """
    if choice.contexts or choice.all_contexts:
        return tuple(_of_context(name, choice) for name in _context_names(choice, env))
    snapshots = _snapshots(choice.files, env)
    labels = _labels(snapshots)
    clusters = (ClusterChoice(labels[path], choice._replace(files=(path,))) for path in snapshots)
    return tuple(sorted(clusters))


# --- contexts ---------------------------------------------------------------------------------------------


def _context_names(choice: SourceChoice, env: Environment) -> list[str]:
    known, _, _ = names(env, choice.connection)
    if choice.all_contexts:
        if not known:
            raise UsageError("the kubeconfig has no context", code=ErrorCode.BAD_CONTEXT)
        return known
    return sorted({name for word in choice.contexts for name in _matching(word, known)})


def _matching(word: str, known: Sequence[str]) -> Iterable[str]:
    """Return the contexts that a word of `--context` names: the one of that name, or all that match it."""
    if word in known:
        return (word,)
    matching = [name for name in known if fnmatchcase(name, word)]
    if not matching:
        raise missing_entry("context", known, word)
    return matching


def _of_context(name: str, choice: SourceChoice) -> ClusterChoice:
    connection = choice.connection._replace(context=name)
    return ClusterChoice(name, choice._replace(connection=connection, contexts=(), all_contexts=False))


# --- snapshots --------------------------------------------------------------------------------------------


def _snapshots(files: Sequence[str], env: Environment) -> tuple[str, ...]:
    """
    Return the snapshots of `-f`, also those in a directory that has nothing else; () if it is one cluster.

    Raises UsageError for snapshots beside manifests.
    """
    if len(files) == 1 and (files[0] == "-" or not (env.cwd / files[0]).is_dir()):
        return ()
    snapshots_at = {path: _snapshots_in(path, env) for path in files}
    if not any(snapshots_at.values()):
        return ()
    for path, snapshots in snapshots_at.items():
        if not snapshots:
            raise _mixed(next(text for text, others in snapshots_at.items() if others), path)
    return tuple(dict.fromkeys(path for snapshots in snapshots_at.values() for path in snapshots))


def _snapshots_in(path: str, env: Environment) -> tuple[str, ...]:
    """Return the file *path* if it is a snapshot, or the files of a directory of snapshots."""
    place = env.cwd / path
    if path == "-" or not place.is_dir():
        return (path,) if is_snapshot_file(path, env) else ()
    files = sorted(str(Path(path) / entry.name) for entry in place.iterdir() if entry.is_file())
    snapshots = tuple(file for file in files if file.endswith(_ENDINGS) and is_snapshot_file(file, env))
    others = [file for file in files if file not in snapshots]
    if snapshots and others:
        raise _mixed(snapshots[0], others[0])
    return snapshots


def _mixed(snapshot: str, other: str) -> UsageError:
    return UsageError(
        f"`{snapshot}` is a snapshot and `{other}` is not: a snapshot holds a whole cluster",
        hint="give snapshots alone",
    )


def _labels(paths: Sequence[str]) -> dict[str, str]:
    """Return a name for each snapshot: that of its file without endings, or the path if two have the same."""
    stems = {path: _stem(path) for path in paths}
    counts = list(stems.values())
    return {path: stem if counts.count(stem) == 1 else path for path, stem in stems.items()}


def _stem(path: str) -> str:
    name = Path(path).name
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    return name or path
