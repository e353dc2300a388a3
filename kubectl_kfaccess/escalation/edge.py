"""A step from one node to another, before it is shown to anybody."""

from __future__ import annotations

from typing import NamedTuple

from kubectl_kfaccess.escalation.needs import Option, Satisfied
from kubectl_kfaccess.escalation.nodes import Node
from kubectl_kfaccess.escalation.step_type import Need, Proof, StepType, Way
from kubectl_kfaccess.escalation.steps import use_account


class Edge(NamedTuple):
    """
    A step to the node *to*, by *way*, in the namespace *place* ("": in all of them).

    *name* is the name of what it yields, "" if it is not about a name. *also* is another way that has to be
    open, None if the step needs none. An edge without a *step* is none for people: it leads from a set to
    its members. *conditions* cannot be read; without any, the edge is proved.
    """

    to: Node
    step: StepType | None = None
    way: Way | None = None
    place: str = ""
    name: str = ""
    conditions: tuple[str, ...] = ()
    also: Way | None = None

    @property
    def is_free(self) -> bool:
        """Whether it adds nothing to the length of a way: a member of a set, an account of one's code."""
        return self.step is None or self.step is use_account.TYPE

    @property
    def is_proved(self) -> bool:
        """Whether nothing that cannot be read stands between the two nodes."""
        return not self.conditions

    @property
    def needs(self) -> tuple[Need, ...]:
        """The needs of its ways."""
        return tuple(need for way in (self.way, self.also) if way for need in way.needs)

    @property
    def proof(self) -> Proof:
        """What vouches for the edge."""
        if self.conditions:
            return Proof.CONDITION
        if self.step is None:
            return Proof.API_SERVER
        return self.step.proof_of(self.way) if self.way else self.step.proof


class Move(NamedTuple):
    """
    What *node* can do in *place*: the needs of an option are met for *names*.

    *helpers* are options by which the node runs code there as well, the best first, if the way asks for that.
    """

    node: Node
    option: Option
    names: frozenset[str]
    place: str
    helpers: tuple[Satisfied, ...] = ()

    def edge(self, to: Node, name: str = "", *, place: str | None = None) -> Edge:
        """Return the edge to *to*; *place* is given if it is another one than that of the move."""
        helper = self.helper_for(name)
        conditions = dict.fromkeys((*conditions_of(self.option), *conditions_of(helper)))
        where = self.place if place is None else place
        also = helper.way if helper else None
        return Edge(to, self.option.step, self.option.way, where, name, tuple(conditions), also)

    def helper_for(self, name: str) -> Option | None:
        """Return the best helper that counts for *name*, None if there is none."""
        return next((each.option for each in self.helpers if each.names & {"", name}), None)

    @property
    def is_of_cluster(self) -> bool:
        """Whether what the way writes first is cluster-scoped."""
        return self.option.way.needs[0].cluster


def conditions_of(option: Option | None) -> tuple[str, ...]:
    """Return what cannot be read and must hold for *option*."""
    if option is None:
        return ()
    condition = option.step.condition_of(option.way)
    unknown = "" if option.is_certain else f"this cluster has {option.way.noun}, which is not known"
    return tuple(text for text in (condition, unknown) if text)
