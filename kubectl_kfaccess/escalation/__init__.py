"""
What an identity can reach through others: accounts that it can run code as, tokens, impersonation, binding.

The room is pure: it knows a snapshot and a few facts, and does no I/O. How to use it:

    facts = Facts(evaluator, version, served, pipelines)
    escalation = Escalation(facts)
    for reached in escalation.reached(identity):         # everything that can be reached, the best way first
        escalation.allows(reached, request, plane)       # whether that is allowed a request
        escalation.steps(reached)                        # the steps from *identity* on
    escalation.ways(identity, request, plane)            # the steps of the best way to do it, or None
    for holder in escalation.holders(request, namespaces, plane):  # who can do it by steps, place by place
        escalation.steps(holder)
    escalation.doubts                                    # what could not be read, and so proves nothing

The snapshot needs roles, bindings, ServiceAccounts, Namespaces (their labels) and Profiles (their plugins).
`Facts` says what else counts. A node (`nodes.py`) says what was reached: an identity, held with all that it
has, by credentials of the API server alone, or for impersonated requests alone; the same with one more role;
a limited identity; code in a namespace; Secrets and ConfigMaps; a node; the cluster; the cloud. CLUSTER is
allowed everything, and nothing else is looked at beyond it. NODE and CLOUD are followed no further.

Of the ways to one thing proved ones come before possible ones, then the shortest, then the first by name.
Only steps that need permissions count: the token in one's own pod follows without any. Of equally long ways
to do the same, those count first by which Kubeflow's services know the identity as well.

`step_type.py` has the words in which a step is described, `steps/` a file per step, and `registry.py` lists
them. `StepType.requests` enumerates what a step needs, so that a test can ask a real server.
`not_steps.py` lists what looks like a step and is none.

- `powers.py`: what roles allow, as bits; `holdings.py`: what identities are allowed of that; `needs.py`:
  which ways of steps these bits are enough for.
- `edge.py`, `edges.py`, `role_edges.py`, `members.py`: the steps from a node to others.
- `search.py`: the best ways from one identity; `backwards.py`: those from everybody; `closure.py`: the
  answers; `decisions.py`: what somebody who was reached is allowed.
- `step.py`: a step as a value, with its requests and grants; `texts.py`: steps as sentences.
"""
