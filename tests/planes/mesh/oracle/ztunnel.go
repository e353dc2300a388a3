package main

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	security "istio.io/api/security/v1beta1"
	"istio.io/istio/pilot/pkg/model"
)

// ztunnel decides as ztunnel itself does: handleRule of Istio's ambient/authorization.go makes clauses of a rule,
// and Authorization::matches of ztunnel's src/rbac.rs compares them. There are two differences to Istio's rules
// for TCP. A part of a DENY rule with HTTP attributes alone leaves an empty match, which never matches. And
// principals are compared as they are written: there are no aliases, and `cluster.local` is only itself.
type ztunnel struct {
	deny  []model.AuthorizationPolicy
	allow []model.AuthorizationPolicy
}

// peer is what ztunnel sees of a connection.
type peer struct {
	trustDomain, namespace, account string
	source, destination             string
	port                            int
}

// check compares one field of a match. A match that has no fields is empty.
type check func(peer) bool

func (z *ztunnel) allows(from peer) bool {
	matches := func(policy model.AuthorizationPolicy) bool { return policyMatches(policy, from) }
	if slices.ContainsFunc(z.deny, matches) {
		return false
	}
	return len(z.allow) == 0 || slices.ContainsFunc(z.allow, matches)
}

func policyMatches(policy model.AuthorizationPolicy, from peer) bool {
	for _, rule := range policy.Spec.GetRules() {
		clauses, isHTTP := clausesOf(rule, policy.Namespace)
		if isHTTP && policy.Spec.GetAction() == security.AuthorizationPolicy_ALLOW {
			continue
		}
		if !slices.ContainsFunc(clauses, func(clause [][]check) bool { return !clauseMatches(clause, from) }) {
			return true
		}
	}
	return false
}

func clauseMatches(clause [][]check, from peer) bool {
	return slices.ContainsFunc(clause, func(match []check) bool {
		isRefused := func(passes check) bool { return !passes(from) }
		return len(match) > 0 && !slices.ContainsFunc(match, isRefused)
	})
}

// clausesOf returns the clauses of a rule, and whether a part of it needs HTTP.
func clausesOf(rule *security.Rule, home string) ([][][]check, bool) {
	var clauses [][][]check
	isHTTP := false
	var operations, sources [][]check
	for _, to := range rule.GetTo() {
		o := to.GetOperation()
		lists := [][]string{o.GetHosts(), o.GetNotHosts(), o.GetMethods(), o.GetNotMethods(), o.GetPaths(), o.GetNotPaths()}
		isHTTP = isHTTP || slices.ContainsFunc(lists, isFilled)
		operations = append(operations, fields(nil, o.GetPorts(), o.GetNotPorts(), byPort))
	}
	for _, entry := range rule.GetFrom() {
		s := entry.GetSource()
		lists := [][]string{
			s.GetRemoteIpBlocks(), s.GetNotRemoteIpBlocks(), s.GetRequestPrincipals(), s.GetNotRequestPrincipals(),
		}
		isHTTP = isHTTP || slices.ContainsFunc(lists, isFilled)
		match := fields(nil, s.GetIpBlocks(), s.GetNotIpBlocks(), bySource)
		match = fields(match, s.GetNamespaces(), s.GetNotNamespaces(), byNamespace)
		match = fields(match, s.GetServiceAccounts(), s.GetNotServiceAccounts(), byAccount(home))
		match = fields(match, s.GetPrincipals(), s.GetNotPrincipals(), byPrincipal)
		sources = append(sources, match)
	}
	for _, clause := range [][][]check{operations, sources} {
		if len(clause) > 0 {
			clauses = append(clauses, clause)
		}
	}
	comparisons := map[string]func(string, peer) bool{
		"source.namespace": byNamespace, "source.principal": byPrincipal, "source.ip": bySource,
		"destination.port": byPort, "destination.ip": byDestination,
	}
	for _, when := range rule.GetWhen() {
		compare, isKnown := comparisons[when.GetKey()]
		isHTTP = isHTTP || !isKnown
		var match []check
		if isKnown {
			match = fields(nil, when.GetValues(), when.GetNotValues(), compare)
		}
		clauses = append(clauses, [][]check{match})
	}
	return clauses, isHTTP
}

func isFilled(values []string) bool { return len(values) > 0 }

// fields adds a field and its opposite to a match.
func fields(match []check, values, excluded []string, compare func(string, peer) bool) []check {
	isListed := func(list []string, from peer) bool {
		return slices.ContainsFunc(list, func(value string) bool { return compare(value, from) })
	}
	if len(values) > 0 {
		match = append(match, func(from peer) bool { return isListed(values, from) })
	}
	if len(excluded) > 0 {
		match = append(match, func(from peer) bool { return !isListed(excluded, from) })
	}
	return match
}

func byPort(value string, from peer) bool { return value == strconv.Itoa(from.port) }

func bySource(value string, from peer) bool { return contains(value, from.source) }

func byDestination(value string, from peer) bool { return contains(value, from.destination) }

func byNamespace(value string, from peer) bool { return textMatches(value, from.namespace) }

func byPrincipal(value string, from peer) bool {
	return textMatches(value, from.trustDomain+"/ns/"+from.namespace+"/sa/"+from.account)
}

func byAccount(home string) func(string, peer) bool {
	return func(value string, from peer) bool {
		if !strings.Contains(value, "/") {
			value = home + "/" + value
		}
		return value == from.namespace+"/"+from.account
	}
}

func textMatches(pattern, text string) bool {
	switch {
	case pattern == "*":
		return text != ""
	case strings.HasPrefix(pattern, "*"):
		return strings.HasSuffix(text, pattern[1:])
	case strings.HasSuffix(pattern, "*"):
		return strings.HasPrefix(text, pattern[:len(pattern)-1])
	}
	return pattern == text
}

func contains(block, text string) bool {
	address, err := netip.ParseAddr(text)
	if err != nil {
		return false
	}
	if prefix, err := netip.ParsePrefix(block); err == nil {
		return prefix.Contains(address)
	}
	exact, err := netip.ParseAddr(block)
	return err == nil && exact == address
}
