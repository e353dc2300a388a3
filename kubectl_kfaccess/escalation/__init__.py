"""
What an identity can reach through others: accounts that it can run code as, tokens, impersonation, binding.

The room is pure: it knows a snapshot and a few facts, and does no I/O. How to use it:

    facts = Facts(evaluator, version, served, pipelines)
    escalation = Escalation(facts)
    for reached in escalation.reached(identity):         # what `access --indirect` lists, the best way first
        escalation.allows(reached, request, plane)       # whether it is allowed a request by that
        escalation.steps(reached)                        # the steps from *identity* on, for people
    escalation.ways(identity, request, plane)            # the best way to do it, for `explain`
    escalation.holders(request, namespaces, plane)       # who else can do it, for `who-can`
    escalation.doubts                                    # what could not be read, and so proves nothing

`step_type.py` has the words in which a step is described, `steps/` a file per step, and `registry.py` lists
them. `StepType.requests` enumerates what a step needs, so that a test can ask a real server.

- `nodes.py`: who or what can be reached; `edges.py`: the steps from a node to others.
- `powers.py`: what roles allow, as bits; `needs.py`: which steps these bits are enough for.
- `search.py`: the best way to each node; `closure.py`: the answers; `step.py`: a step as a value, with its
  requests and grants; `texts.py`: steps as sentences.
"""
