"""A step from one node to another, before it is shown to anybody."""

from __future__ import annotations

from typing import NamedTuple

from kubectl_kfaccess.escalation.needs import Choice, Option
from kubectl_kfaccess.escalation.nodes import Node
from kubectl_kfaccess.escalation.step_type import Need, Proof, StepType, Way


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
    def is_proved(self) -> bool:
        """Whether nothing that cannot be read stands between the two nodes."""
        return not self.conditions

    @property
    def length(self) -> int:
        """How many steps the edge counts as: what follows without any permission counts as none."""
        return 1 if self.way else 0

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
    """What *node* can do in *place* ("": in every namespace): *choice*."""

    node: Node
    choice: Choice
    place: str

    @property
    def names(self) -> frozenset[str]:
        """The names of what the choice yields; "" is any name."""
        return self.choice.names

    @property
    def needs(self) -> tuple[Need, ...]:
        """The needs of the way."""
        return self.choice.option.way.needs

    def edge(self, to: Node, name: str = "", *, place: str | None = None) -> Edge:
        """Return the edge to *to*; *place* is given if it is another one than that of the move."""
        option, helper = self.choice.option, self.helper_for(name)
        conditions = option.conditions
        if helper and helper.conditions:
            conditions = tuple(dict.fromkeys((*conditions, *helper.conditions)))
        where = self.place if place is None else place
        return Edge(to, option.step, option.way, where, name, conditions, helper.way if helper else None)

    def helper_for(self, name: str) -> Option | None:
        """Return the best helper that counts for *name*, None if there is none."""
        return next((each.option for each in self.choice.helpers if each.names & {"", name}), None)
