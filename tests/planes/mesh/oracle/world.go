package main

import (
	"encoding/json"
	"maps"
	"slices"
)

// World is a cluster's policies, what can be true of it, and what is asked about it.
type World struct {
	ID       int          `json:"id"`
	Policies []Manifest   `json:"policies"`
	Missing  [][]int      `json:"missing"` // for each state of what is not readable, the policies that do not exist
	Meshes   []Mesh       `json:"meshes"`  // each setting that can be the mesh's
	Places   []Place      `json:"namespaces"`
	Subjects [][]Identity `json:"subjects"`
}

// Manifest is an AuthorizationPolicy as kubectl applies it.
type Manifest struct {
	Metadata struct {
		Name        string            `json:"name"`
		Namespace   string            `json:"namespace"`
		Annotations map[string]string `json:"annotations"`
	} `json:"metadata"`
	Spec json.RawMessage `json:"spec"`
}

// Mesh has the settings of a mesh that Istio's translator needs.
type Mesh struct {
	Root        string   `json:"rootNamespace"`
	TrustDomain string   `json:"trustDomain"`
	Aliases     []string `json:"trustDomainAliases"`
}

// Place is a namespace whose workloads are asked. Each of its enforcers can be the one in force.
type Place struct {
	Name         string              `json:"name"`
	Enforcers    []string            `json:"enforcers"` // "sidecar", "tcp", "ztunnel", "waypoint", "nothing"
	Waypoint     string              `json:"waypoint"`
	Services     []string            `json:"services"` // services behind the waypoint
	Workloads    []map[string]string `json:"workloads"`
	Operations   []Operation         `json:"operations"`
	Surroundings []Surrounding       `json:"surroundings"`
	Requests     []Request           `json:"requests"`
}

// Operation is what a request does.
type Operation struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Host   string `json:"host"`
	Port   int    `json:"port"`
}

// Surrounding is what nobody can read in a cluster: what a request carries besides its identity.
type Surrounding struct {
	Headers map[string]string `json:"headers"`
	Claims  map[string]any    `json:"claims"`
	Source  string            `json:"source"` // the address of the connection, in 127.0.0.0/8
	Remote  string            `json:"remote"` // the address in X-Forwarded-For
	Inside  bool              `json:"inside"` // the workload's address is in 10.0.0.0/8

	names   []string // of the headers, sorted
	encoded string   // the claims, as they are sent
}

// prepare works out what every request with a surrounding needs.
func (w *World) prepare() {
	for _, place := range w.Places {
		for index := range place.Surroundings {
			surrounding := &place.Surroundings[index]
			surrounding.names = slices.Sorted(maps.Keys(surrounding.Headers))
			if len(surrounding.Claims) > 0 {
				surrounding.encoded = encodedClaims(surrounding.Claims)
			}
		}
	}
	for _, subject := range w.Subjects {
		for index := range subject {
			subject[index].names = slices.Sorted(maps.Keys(subject[index].Headers))
		}
	}
}

// Request is a kind of requests (0 ordinary, 1 other, 2 named paths), an operation and a surrounding.
type Request struct {
	Kind        int `json:"kind"`
	Operation   int `json:"operation"`
	Surrounding int `json:"surrounding"`
}

// Identity is the account of a connection, and the headers that say who the user is.
type Identity struct {
	Pipelines bool              `json:"pipelines"` // comes from the pipelines' page, not from the gateway
	Account   string            `json:"account"`   // NAMESPACE/NAME
	Headers   map[string]string `json:"headers"`
	Absent    []string          `json:"absent"` // headers that no surrounding adds

	names []string // of the headers, sorted
}

// Answer has for each subject and namespace seven letters; see answers.py.
type Answer struct {
	ID      int               `json:"id"`
	Refused map[string]string `json:"refused"` // by index of the policy, what Istio's webhook says
	Letters [][]string        `json:"letters"`
	Asked   int               `json:"asked"`
}
