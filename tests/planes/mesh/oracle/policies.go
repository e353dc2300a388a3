package main

import (
	"fmt"
	"slices"
	"strconv"

	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/proto"
	"istio.io/api/annotation"
	"istio.io/api/label"
	meshconfig "istio.io/api/mesh/v1alpha1"
	security "istio.io/api/security/v1beta1"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/security/authz/builder"
	"istio.io/istio/pilot/pkg/security/trustdomain"
	"istio.io/istio/pilot/pkg/serviceregistry/provider"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/host"
	"istio.io/istio/pkg/config/schema/gvk"
	"istio.io/istio/pkg/config/validation"
	"istio.io/istio/pkg/wellknown"
)

const authzService = "authz.kfaccess.svc.cluster.local"

// accepted returns the policies that Istio's webhook accepts, by index, and what it says of the others.
func accepted(manifests []Manifest) (map[int]model.AuthorizationPolicy, map[string]string) {
	policies, refused := map[int]model.AuthorizationPolicy{}, map[string]string{}
	for index, manifest := range manifests {
		spec := &security.AuthorizationPolicy{}
		if len(manifest.Spec) > 0 && string(manifest.Spec) != "null" {
			if err := spec.UnmarshalJSON(manifest.Spec); err != nil {
				refused[strconv.Itoa(index)] = err.Error()
				continue
			}
		}
		meta := manifest.Metadata
		_, err := validation.ValidateAuthorizationPolicy(config.Config{
			Meta: config.Meta{
				GroupVersionKind: gvk.AuthorizationPolicy, Name: meta.Name, Namespace: meta.Namespace,
				Annotations: meta.Annotations,
			},
			Spec: spec,
		})
		if err != nil {
			refused[strconv.Itoa(index)] = err.Error()
			continue
		}
		policies[index] = model.AuthorizationPolicy{
			Name: meta.Name, Namespace: meta.Namespace, Annotations: meta.Annotations, Spec: spec,
		}
	}
	return policies, refused
}

// translator translates the policies of a world in one of its possible meshes.
type translator struct {
	mesh      Mesh
	bundle    trustdomain.Bundle
	policies  *model.AuthorizationPolicies
	providers []string
}

func newTranslator(mesh Mesh, policies []model.AuthorizationPolicy) *translator {
	byNamespace := map[string][]model.AuthorizationPolicy{}
	var providers []string
	for _, policy := range policies {
		byNamespace[policy.Namespace] = append(byNamespace[policy.Namespace], policy)
		if name := policy.Spec.GetProvider().GetName(); name != "" && !slices.Contains(providers, name) {
			providers = append(providers, name)
		}
	}
	return &translator{
		mesh:      mesh,
		bundle:    trustdomain.NewBundle(mesh.TrustDomain, mesh.Aliases),
		policies:  &model.AuthorizationPolicies{NamespaceToPolicies: byNamespace, RootNamespace: mesh.Root},
		providers: providers,
	}
}

// filters returns each list of filters that can be in front of the workloads of a namespace.
func (t *translator) filters(place Place) ([][]*hcm.HttpFilter, error) {
	var chains [][]*hcm.HttpFilter
	for _, enforcer := range place.Enforcers {
		switch enforcer {
		case "nothing":
			chains = append(chains, nil)
		case "sidecar":
			for _, labels := range place.Workloads {
				chains = append(chains, t.http(t.selected(place.Name, labels))...)
			}
		case "tcp":
			for _, labels := range place.Workloads {
				chains = append(chains, t.l4(forZtunnel(t.selected(place.Name, labels))))
			}
		case "waypoint":
			for _, service := range place.Services {
				chains = append(chains, t.http(t.attached(place.Name, place.Waypoint, service))...)
			}
		case "ztunnel": // see ztunnels
		default:
			return nil, fmt.Errorf("unknown enforcer %q", enforcer)
		}
	}
	return chains, nil
}

// ztunnels returns the policies that ztunnel can have in front of the workloads of a namespace.
func (t *translator) ztunnels(place Place) []*ztunnel {
	var all []*ztunnel
	for _, labels := range place.Workloads {
		policies := forZtunnel(t.selected(place.Name, labels))
		all = append(all, &ztunnel{policies.Deny, policies.Allow})
	}
	return all
}

// denials returns the filters of ports that are not HTTP, built from the DENY policies alone.
func (t *translator) denials(place Place) [][]*hcm.HttpFilter {
	var chains [][]*hcm.HttpFilter
	for _, labels := range place.Workloads {
		chains = append(chains, t.l4(model.AuthorizationPoliciesResult{Deny: t.selected(place.Name, labels).Deny}))
	}
	return chains
}

func (t *translator) selected(namespace string, labels map[string]string) model.AuthorizationPoliciesResult {
	matcher := model.PolicyMatcherFor(namespace, labels, false).WithRootNamespace(t.mesh.Root)
	return t.policies.ListAuthorizationPolicies(matcher)
}

func (t *translator) attached(namespace, waypoint, service string) model.AuthorizationPoliciesResult {
	labels := map[string]string{label.IoK8sNetworkingGatewayGatewayName.Name: waypoint}
	matcher := model.PolicyMatcherFor(namespace, labels, true).WithRootNamespace(t.mesh.Root)
	matcher.Services = []model.ServiceInfoForPolicyMatcher{
		{Name: service, Namespace: namespace, Registry: provider.Kubernetes},
	}
	return t.policies.ListAuthorizationPolicies(matcher)
}

// http returns the filters of a sidecar or a waypoint: if a CUSTOM policy is in force, one list where its
// provider lets everything through, and one where it refuses everything that it is asked about.
func (t *translator) http(policies model.AuthorizationPoliciesResult) [][]*hcm.HttpFilter {
	local := t.build(policies, builder.Option{UseFilterState: true}, nil)
	if len(policies.Custom) == 0 {
		return [][]*hcm.HttpFilter{local}
	}
	option := builder.Option{IsCustomBuilder: true, UseFilterState: true}
	lenient := slices.DeleteFunc(t.build(policies, option, t.providers), func(filter *hcm.HttpFilter) bool {
		return filter.Name == wellknown.HTTPExternalAuthorization
	})
	strict := t.build(policies, option, nil)
	return [][]*hcm.HttpFilter{append(lenient, local...), append(strict, local...)}
}

func (t *translator) build(
	policies model.AuthorizationPoliciesResult, option builder.Option, providers []string,
) []*hcm.HttpFilter {
	if built := builder.New(t.bundle, push(providers), policies, option); built != nil {
		return built.BuildHTTP()
	}
	return nil
}

func (t *translator) l4(policies model.AuthorizationPoliciesResult) []*hcm.HttpFilter {
	built := builder.New(t.bundle, push(nil), policies, builder.Option{UseFilterState: true})
	if built == nil {
		return nil
	}
	return built.BuildTCPRulesAsHTTPFilter()
}

// forZtunnel leaves out what never reaches ztunnel, see convertAuthorizationPolicy of Istio's ambient registry.
func forZtunnel(policies model.AuthorizationPoliciesResult) model.AuthorizationPoliciesResult {
	isDryRun := func(policy model.AuthorizationPolicy) bool {
		dryRun, err := strconv.ParseBool(policy.Annotations[annotation.IoIstioDryRun.Name])
		return err == nil && dryRun
	}
	return model.AuthorizationPoliciesResult{
		Deny:  slices.DeleteFunc(slices.Clone(policies.Deny), isDryRun),
		Allow: slices.DeleteFunc(slices.Clone(policies.Allow), isDryRun),
	}
}

// push returns a configuration whose mesh has these providers of CUSTOM decisions.
func push(providers []string) *model.PushContext {
	mesh := &meshconfig.MeshConfig{}
	for _, name := range providers {
		mesh.ExtensionProviders = append(mesh.ExtensionProviders, &meshconfig.MeshConfig_ExtensionProvider{
			Name: name,
			Provider: &meshconfig.MeshConfig_ExtensionProvider_EnvoyExtAuthzGrpc{
				EnvoyExtAuthzGrpc: &meshconfig.MeshConfig_ExtensionProvider_EnvoyExternalAuthorizationGrpcProvider{
					Service: "kfaccess/" + authzService, Port: 9000,
				},
			},
		})
	}
	context := &model.PushContext{Mesh: mesh}
	context.ServiceIndex.HostnameAndNamespace = map[host.Name]map[string]*model.Service{
		authzService: {"kfaccess": {Hostname: authzService}},
	}
	return context
}

// fingerprint returns the same text for the same filters.
func fingerprint(filters []*hcm.HttpFilter) (string, error) {
	var text []byte
	for _, filter := range filters {
		encoded, err := proto.MarshalOptions{Deterministic: true}.Marshal(filter)
		if err != nil {
			return "", err
		}
		text = fmt.Appendf(text, "%d:", len(encoded))
		text = append(text, encoded...)
	}
	return string(text), nil
}
