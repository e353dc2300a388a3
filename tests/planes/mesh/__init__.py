"""The mesh's answers against Istio's own translation of the policies, run by Envoy."""
