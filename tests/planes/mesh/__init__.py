"""
The mesh's answers against Istio's own translation of the policies, run by Envoy.

The question of the mesh is if a request with an identity may reach the workloads of a namespace. Here is how
it gets an answer that does not come from us:

- `worlds.py` draws a cluster: what the tool reads of it (manifests and gaps), and what can be true of it.
  Where a setting cannot be read, each of its values can be true. `settings.py`, `kubeflow_policies.py` and
  `random_policies.py` draw the parts, and `clusters.py` makes a world of manifests that exist.
- `questions.py` lists all that can be in force (who enforces, which workloads, which identities), and
  `requests.py` the requests: an ordinary one, a witness of each pattern, with and without all that nobody can
  read in a cluster (tokens, other headers, addresses).
- `oracle/` is a Go program. It checks the policies as Istio's webhook does, selects and translates them with
  Istio's code, starts Envoy with the filters, and asks it every request.
- `answers.py` says what the letters mean that come back, and compares them with the tool's answers.
- `recorded.py` keeps worlds with their letters, for a test that needs neither Go nor Envoy.

What this does not prove: Istio's listeners around these filters, mutual TLS, the check of tokens, SNI, and
other releases of Istio. In ambient namespaces Istio's rules for TCP stand for ztunnel. `compare --ztunnel`
adds a copy by hand of ztunnel's own rules: they know no aliases of trust domains, and their DENY rules
never match by HTTP alone.
"""
