"""The mesh's plane: whether Istio's AuthorizationPolicies let a subject's requests in."""
