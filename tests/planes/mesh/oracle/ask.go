package main

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

const kinds = 3 // of requests: ordinary, other, named paths

// letters are which answers were seen: bit 0 refused, bit 1 let through.
type letters [2*kinds + 1]uint8

func (l letters) String() string {
	var text strings.Builder
	for _, seen := range l {
		text.WriteByte("-nym"[seen])
	}
	return text.String()
}

// target is a chain of filters, or ztunnel, in a mesh with a trust domain. Denials are the rules of other ports.
type target struct {
	chain       int
	trustDomain string
	denials     bool
	ztunnel     *ztunnel
}

// translated is a world, its refused policies, and for each namespace the targets that can be in force.
type translated struct {
	World
	refused map[string]string
	targets [][]target
}

// translate adds the filters of a world to the chains.
func translate(world World, all *chains) (*translated, error) {
	policies, refused := accepted(world.Policies)
	done := &translated{World: world, refused: refused, targets: make([][]target, len(world.Places))}
	for _, mesh := range world.Meshes {
		for _, missing := range world.Missing {
			if err := done.add(newTranslator(mesh, without(world, policies, missing)), all); err != nil {
				return nil, fmt.Errorf("world %d: %w", world.ID, err)
			}
		}
	}
	return done, nil
}

func (t *translated) add(by *translator, all *chains) error {
	for index, place := range t.Places {
		lists, err := by.filters(place)
		if err != nil {
			return err
		}
		count := len(lists)
		for number, filters := range append(lists, by.denials(place)...) {
			chain, err := all.add(filters)
			if err != nil {
				return err
			}
			next := target{chain: chain, trustDomain: by.mesh.TrustDomain, denials: number >= count}
			if !slices.Contains(t.targets[index], next) {
				t.targets[index] = append(t.targets[index], next)
			}
		}
		if slices.Contains(place.Enforcers, "ztunnel") {
			for _, each := range by.ztunnels(place) {
				t.targets[index] = append(t.targets[index], target{trustDomain: by.mesh.TrustDomain, ztunnel: each})
			}
		}
	}
	return nil
}

// answer asks everything about a world.
func (t *translated) answer(port int, all *chains) (*Answer, error) {
	by := newCaller(port, all.texts)
	defer by.close()
	answer := &Answer{ID: t.ID, Refused: t.refused}
	for _, subject := range t.Subjects {
		var row []string
		for index := range t.Places {
			seen, err := t.pair(by, subject, index)
			if err != nil {
				return nil, fmt.Errorf("world %d: %w", t.ID, err)
			}
			row = append(row, seen.String())
		}
		answer.Letters = append(answer.Letters, row)
	}
	answer.Asked = by.asked
	return answer, nil
}

// pair asks about a subject and a namespace, and stops where both answers were seen.
func (t *translated) pair(by *caller, subject []Identity, index int) (letters, error) {
	var seen letters
	place := t.Places[index]
	for _, request := range place.Requests {
		operation, surrounding := place.Operations[request.Operation], place.Surroundings[request.Surrounding]
		for _, identity := range subject {
			for _, each := range t.targets[index] {
				slot := slotOf(each, identity, request)
				if slot < 0 || seen[slot] == 3 {
					continue
				}
				allowed, err := by.decide(operation, surrounding, identity, each)
				if err != nil {
					return seen, err
				}
				if allowed {
					seen[slot] |= 2
				} else {
					seen[slot] |= 1
				}
			}
		}
	}
	return seen, nil
}

// decide returns whether a target lets a request through.
func (c *caller) decide(
	operation Operation, surrounding Surrounding, identity Identity, each target,
) (bool, error) {
	if each.ztunnel != nil {
		namespace, name, _ := strings.Cut(identity.Account, "/")
		destination := address(0, surrounding.Inside)
		from := peer{each.trustDomain, namespace, name, surrounding.Source, destination, operation.Port}
		return each.ztunnel.allows(from), nil
	}
	to := route{each.chain, surrounding.Inside, operation.Port, surrounding.Source}
	return c.isAllowed(to, requestText(operation, surrounding, identity, each, c.texts[each.chain]))
}

// slotOf returns which letter a request counts for, -1 if for none.
func slotOf(each target, identity Identity, request Request) int {
	switch {
	case each.denials && (identity.Pipelines || request.Kind == 2):
		return -1
	case each.denials:
		return 2 * kinds
	case identity.Pipelines:
		return kinds + request.Kind
	}
	return request.Kind
}

// requestText returns a request as it is sent. What the text of its chain does not even name cannot matter: it
// is left out, so that many requests are the same and Envoy is asked once.
func requestText(
	operation Operation, surrounding Surrounding, identity Identity, each target, chain string,
) string {
	var text strings.Builder
	field := func(name, value string) {
		text.WriteString(name)
		text.WriteString(": ")
		text.WriteString(value)
		text.WriteString("\r\n")
	}
	method, host := operation.Method, operation.Host
	if !strings.Contains(chain, ":method") {
		method = "GET"
	}
	if !strings.Contains(chain, ":authority") {
		host = "workload"
	}
	text.WriteString(method + " " + operation.Path + " HTTP/1.1\r\n")
	field("host", host)
	if strings.Contains(chain, principalKey) {
		namespace, name, _ := strings.Cut(identity.Account, "/")
		field(principalHeader, "spiffe://"+each.trustDomain+"/ns/"+namespace+"/sa/"+name)
	}
	for _, header := range identity.names {
		if strings.Contains(chain, header) {
			field(header, identity.Headers[header])
		}
	}
	for _, header := range surrounding.names {
		_, own := identity.Headers[header]
		if !own && !slices.Contains(identity.Absent, header) && strings.Contains(chain, header) {
			field(header, surrounding.Headers[header])
		}
	}
	if surrounding.Remote != "" {
		field("x-forwarded-for", surrounding.Remote)
	}
	if surrounding.encoded != "" && strings.Contains(chain, claimsFilter) {
		field(claimsHeader, surrounding.encoded)
	}
	text.WriteString("\r\n")
	return text.String()
}

// encodedClaims returns the claims as the protobuf value that header_to_metadata reads.
func encodedClaims(claims map[string]any) string {
	value, err := structpb.NewValue(claims)
	if err != nil {
		panic(err) // claims come from JSON
	}
	encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(value)
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(encoded)
}
