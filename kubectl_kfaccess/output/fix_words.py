"""Fixes and contacts in words: what a fix does, what else it grants, and why a contact can help."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.fixes.actions import (
    Action,
    AddContributor,
    AggregateRole,
    BindRole,
    CorrectName,
    FixNote,
    Misspelled,
    NameUnproven,
    OrderMatters,
    ReportedFinding,
    RestoreLabel,
    changed_object,
)
from kubectl_kfaccess.fixes.candidates import Fix
from kubectl_kfaccess.fixes.contacts import Contact, Standing
from kubectl_kfaccess.kubeflow.managers import Tool, manager_of
from kubectl_kfaccess.output.blocks import Code
from kubectl_kfaccess.output.manager_words import manager_text
from kubectl_kfaccess.output.rbac_terms import object_in_sentence, typed_subject
from kubectl_kfaccess.output.yaml_text import manifests_text
from kubectl_kfaccess.rbac.subjects import GROUP, USER, spelled
from kubectl_kfaccess.terminal.safe_text import line
from kubectl_kfaccess.terminal.words import counted


def action_text(action: Action) -> str:
    """Return what a fix does, as a sentence without a subject: "bind `alice` to …"."""
    if isinstance(action, AddContributor):
        return f"add `{action.user}` to profile `{action.profile}` as contributor with role `{action.role}`"
    if isinstance(action, AggregateRole):
        return f"aggregate a new ClusterRole `{action.role}` into ClusterRole `{action.into}`"
    if isinstance(action, RestoreLabel):
        label = f"{action.key}={action.value}"
        return f"put the label `{label}` back on ClusterRole `{action.role.name}`"
    if isinstance(action, BindRole):
        subject = action.subject
        who = subject.name if subject.kind == USER else spelled(subject)
        role = f"{'a new ' if action.new else ''}{action.kind} `{action.role}`"
        where = f"in namespace `{action.namespace}`" if action.namespace else "in the whole cluster"
        return f"bind `{who}` to {role} {where}"
    return _correction_text(action)


def short_action_text(action: Action) -> str:
    """Return the same in a few words, for a reader who knows who asks for what, and where."""
    if isinstance(action, AddContributor):
        return f"make them {_ARTICLES[action.role]} {action.role} contributor"
    if isinstance(action, RestoreLabel):
        return "put the label back"
    if isinstance(action, AggregateRole):
        return f"a rule for all of {action.into}"
    if isinstance(action, BindRole):
        kind = "" if action.kind == "ClusterRole" else f"{action.kind} "
        return f"a new {action.kind} for this alone" if action.new else f"bind {kind}{action.role}"
    return f"correct {_CORRECTED[action.misspelled]}"


_ARTICLES = {"admin": "an", "edit": "an", "view": "a"}
_CORRECTED = {
    Misspelled.OWNER: "the owner's name",
    Misspelled.CONTRIBUTOR: "the contributor's name",
    Misspelled.SUBJECT: "the name in the binding",
}


def _correction_text(action: CorrectName) -> str:
    binding, written, name = action.binding, action.written, action.name
    if action.misspelled is Misspelled.OWNER:
        return f"correct the owner of profile `{binding.namespace}` from `{written}` to `{name}`"
    if action.misspelled is Misspelled.CONTRIBUTOR:
        return f"correct contributor `{written}` of profile `{binding.namespace}` to `{name}`"
    where = f" in namespace `{binding.namespace}`" if binding.namespace else ""
    return f"correct `{written}` to `{name}` in {binding.kind} `{binding.name}`{where}"


def note_text(note: FixNote) -> str:
    """Return what the user should know before applying a fix."""
    if isinstance(note, ReportedFinding):
        return f"`profiles` reports it as `{note.finding}`"
    if isinstance(note, OrderMatters):
        return (
            f"changes {', '.join(note.kinds)}, in this order: the profile controller stops where the"
            " namespace's annotation `owner` is not the Profile's owner"
        )
    if isinstance(note, NameUnproven):
        return f"right only if the login spells the name `{note.name}`"
    return f"the mesh still refuses `{note.user}` the notebooks and other servers in `{note.namespace}`"


def cost_text(fix: Fix) -> str:
    """Return how many more permissions a fix grants, to how many subjects, and where: `grants …`."""
    return f"grants {gain_text(fix)}"


def gain_text(fix: Fix) -> str:
    """Return the same without the verb."""
    more = "nothing else" if not fix.further else counted(fix.further, "more permission")
    where = f" in {fix.namespaces:,} namespaces" if fix.namespaces > 1 else ""
    others = len({change.who for change in fix.changes if change.gained})
    subjects = f" for {others:,} subjects" if others > 1 else ""
    loses = f"; {typed_subject(fix.loses)} loses this access" if fix.loses else ""
    return f"{more}{subjects}{where}{loses}"


def fix_code(fix: Fix) -> Code:
    """Return the manifests of a fix as YAML to apply, below comments that say what it does, and its notes."""
    return Code(tuple(_pieces(fix)), "yaml")


def _pieces(fix: Fix) -> Iterator[str]:
    yield f"# {line(action_text(fix.action))}: {cost_text(fix)}\n"
    if text := manager_of_changed_text(fix.action):
        yield f"# {text}\n"
    yield from (f"# {line(note_text(note))}\n" for note in fix.notes)
    yield manifests_text(fix.objects)


def manager_of_changed_text(action: Action) -> str:
    """Return who would undo the change of an object, in a sentence; "" if nobody is known to do so."""
    target = changed_object(action)
    manager = manager_of(target) if target else None
    if target is None or manager is None or manager.tool in _WRITTEN_SO:
        return ""
    return f"{target.kind} {object_in_sentence(target)} is {manager_text(manager)}"


_WRITTEN_SO = (Tool.PROFILE_CONTROLLER, Tool.DASHBOARD)
"""A fix changes the objects of these in the way in which they would write them."""


def contact_text(contact: Contact) -> str:
    """Return why the contact can help."""
    too = "; can update the Profile too" if contact.updates_profile else ""
    if contact.respelled:
        return f"{_standing(contact)}, but is locked out by the same spelling as `{contact.respelled}`{too}"
    owner = _owner_text(contact) if contact.standing is Standing.OWNS_PROFILE else ""
    return f"{_standing(contact)}{owner}{too}"


def _owner_text(contact: Contact) -> str:
    """Return how the owner of a profile can help."""
    if contact.subject.kind == GROUP:  # KFAM compares the owner's name with the calling user's name only
        return "; its members can use kubectl, in the dashboard nobody can act for a group"
    how = "add contributors in the dashboard" if contact.adds_contributors else "bind it with kubectl"
    return f" and can {how}"


def _standing(contact: Contact) -> str:
    namespace, binding = contact.namespace, contact.binding
    by = f", by {binding.kind} `{binding.name}`" if binding else ""
    bindings = f"RoleBindings in `{namespace}`" if namespace else "ClusterRoleBindings"
    return {
        Standing.OWNS_PROFILE: f"owns the profile `{namespace}`",
        Standing.ANNOTATED_AS_OWNER: f"is the owner that namespace `{namespace}` is annotated with",
        Standing.BOUND_AS_OWNER: f"is bound as the owner of `{namespace}`{by}",
        Standing.CREATES_BINDINGS: f"can create {bindings}{by}",
        Standing.UPDATES_PROFILE: f"can update Profile `{namespace}`{by}",
    }[contact.standing]
