package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	bootstrap "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	metrics "github.com/envoyproxy/go-control-plane/envoy/config/metrics/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	state "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/common/set_filter_state/v3"
	metadata "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/header_to_metadata/v3"
	router "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	filterstate "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/set_filter_state/v3"
	proxyprotocol "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/listener/proxy_protocol/v3"
	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const (
	principalHeader = "x-kfaccess-principal"
	principalKey    = "io.istio.peer_principal" // where Istio's filters look for it
	claimsHeader    = "x-kfaccess-claims"
	claimsFilter    = "envoy.filters.http.jwt_authn"
)

// chains are the lists of filters of one Envoy, each once. Their texts are their encodings in lower case.
type chains struct {
	numbers map[string]int
	filters [][]*hcm.HttpFilter
	texts   []string
}

// add returns the number of a list of filters.
func (c *chains) add(filters []*hcm.HttpFilter) (int, error) {
	key, err := fingerprint(filters)
	if err != nil {
		return 0, err
	}
	number, ok := c.numbers[key]
	if !ok {
		number = len(c.filters)
		c.numbers[key] = number
		c.filters = append(c.filters, filters)
		c.texts = append(c.texts, strings.ToLower(key))
	}
	return number, nil
}

// address returns the address of the workload behind a chain, within 10.0.0.0/8 or outside of it.
func address(chain int, inside bool) string {
	first := 11
	if inside {
		first = 10
	}
	return fmt.Sprintf("%d.%d.%d.%d", first, chain>>16&255, chain>>8&255, chain&255)
}

func typed(message proto.Message) *anypb.Any {
	packed, err := anypb.New(message)
	if err != nil {
		panic(err) // only for messages that are not registered
	}
	return packed
}

func httpFilter(name string, message proto.Message) *hcm.HttpFilter {
	return &hcm.HttpFilter{Name: name, ConfigType: &hcm.HttpFilter_TypedConfig{TypedConfig: typed(message)}}
}

// identityFilters make the principal and the claims from headers, as mutual TLS and jwt_authn would. They are
// left out where no filter of the chain looks at the result, so that Envoy is faster.
func identityFilters(chain string) []*hcm.HttpFilter {
	var filters []*hcm.HttpFilter
	principal := &filterstate.Config{OnRequestHeaders: []*state.FilterStateValue{{
		Key:        &state.FilterStateValue_ObjectKey{ObjectKey: principalKey},
		FactoryKey: "envoy.string",
		Value: &state.FilterStateValue_FormatString{FormatString: &core.SubstitutionFormatString{
			Format: &core.SubstitutionFormatString_TextFormatSource{TextFormatSource: &core.DataSource{
				Specifier: &core.DataSource_InlineString{InlineString: "%REQ(" + principalHeader + ")%"},
			}},
		}},
	}}}
	claims := &metadata.Config{RequestRules: []*metadata.Config_Rule{{
		Header: claimsHeader,
		OnHeaderPresent: &metadata.Config_KeyValuePair{
			MetadataNamespace: claimsFilter, Key: "payload",
			Type: metadata.Config_PROTOBUF_VALUE, Encode: metadata.Config_BASE64,
		},
		Remove: true,
	}}}
	if strings.Contains(chain, principalKey) {
		filters = append(filters, httpFilter("envoy.filters.http.set_filter_state", principal))
	}
	if strings.Contains(chain, claimsFilter) {
		filters = append(filters, httpFilter("envoy.filters.http.header_to_metadata", claims))
	}
	return filters
}

func filterChain(number int, filters []*hcm.HttpFilter, text string) *listener.FilterChain {
	all := append(identityFilters(text), filters...)
	all = append(all, httpFilter("envoy.filters.http.router", &router.Router{}))
	manager := &hcm.HttpConnectionManager{
		StatPrefix: "mesh", CodecType: hcm.HttpConnectionManager_HTTP1, HttpFilters: all,
		GenerateRequestId: wrapperspb.Bool(false),
		RouteSpecifier: &hcm.HttpConnectionManager_RouteConfig{RouteConfig: &route.RouteConfiguration{
			VirtualHosts: []*route.VirtualHost{{
				Name: "workload", Domains: []string{"*"},
				Routes: []*route.Route{{
					Match:  &route.RouteMatch{PathSpecifier: &route.RouteMatch_Prefix{Prefix: "/"}},
					Action: &route.Route_DirectResponse{DirectResponse: &route.DirectResponseAction{Status: 200}},
				}},
			}},
		}},
	}
	block := func(inside bool) *core.CidrRange {
		return &core.CidrRange{AddressPrefix: address(number, inside), PrefixLen: wrapperspb.UInt32(32)}
	}
	return &listener.FilterChain{
		Name:             fmt.Sprint(number),
		FilterChainMatch: &listener.FilterChainMatch{PrefixRanges: []*core.CidrRange{block(false), block(true)}},
		Filters: []*listener.Filter{{
			Name:       "envoy.filters.network.http_connection_manager",
			ConfigType: &listener.Filter_TypedConfig{TypedConfig: typed(manager)},
		}},
	}
}

func configuration(at netip.AddrPort, all *chains) *bootstrap.Bootstrap {
	entry := &listener.Listener{
		Name: "workloads",
		Address: &core.Address{Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{
			Address: at.Addr().String(), PortSpecifier: &core.SocketAddress_PortValue{PortValue: uint32(at.Port())},
		}}},
		ListenerFilters: []*listener.ListenerFilter{{
			Name:       "envoy.filters.listener.proxy_protocol",
			ConfigType: &listener.ListenerFilter_TypedConfig{TypedConfig: typed(&proxyprotocol.ProxyProtocol{})},
		}},
	}
	for number, filters := range all.filters {
		entry.FilterChains = append(entry.FilterChains, filterChain(number, filters, all.texts[number]))
	}
	return &bootstrap.Bootstrap{
		StaticResources: &bootstrap.Bootstrap_StaticResources{Listeners: []*listener.Listener{entry}},
		StatsConfig: &metrics.StatsConfig{StatsMatcher: &metrics.StatsMatcher{
			StatsMatcher: &metrics.StatsMatcher_RejectAll{RejectAll: true},
		}},
	}
}

// envoy is a running Envoy.
type envoy struct {
	at      netip.AddrPort
	command *exec.Cmd
	ended   chan error
	log     bytes.Buffer
}

// startEnvoy starts Envoy with these chains and waits until it listens.
func startEnvoy(program, directory string, all *chains) (*envoy, error) {
	at, err := freeAddress()
	if err != nil {
		return nil, err
	}
	encoded, err := proto.Marshal(configuration(at, all))
	if err != nil {
		return nil, err
	}
	file := filepath.Join(directory, fmt.Sprintf("envoy-%d.pb", at.Port()))
	if err := os.WriteFile(file, encoded, 0o600); err != nil {
		return nil, err
	}
	defer os.Remove(file)
	started := &envoy{at: at, ended: make(chan error, 1)}
	started.command = exec.Command(program, "-c", file, "--concurrency", "1", "--disable-hot-restart",
		"--log-level", "error")
	started.command.Stdout, started.command.Stderr = &started.log, &started.log
	if err := started.command.Start(); err != nil {
		return nil, err
	}
	go func() { started.ended <- started.command.Wait() }()
	return started, started.wait()
}

func (e *envoy) wait() error {
	deadline := time.After(2 * time.Minute)
	for {
		connection, err := net.Dial("tcp", e.at.String())
		if err == nil {
			return connection.Close()
		}
		select {
		case err := <-e.ended:
			return fmt.Errorf("Envoy ended: %v\n%s", err, e.log.String())
		case <-deadline:
			e.stop()
			return fmt.Errorf("Envoy does not listen\n%s", e.log.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (e *envoy) stop() {
	_ = e.command.Process.Kill()
	<-e.ended
}

// freeAddress returns an address on loopback that no other Envoy takes at the same moment: two that share one
// would answer for each other.
func freeAddress() (netip.AddrPort, error) {
	host := fmt.Sprintf("127.%d.%d.%d", 64+rand.IntN(128), rand.IntN(256), 1+rand.IntN(254))
	socket, err := net.Listen("tcp", host+":0")
	if err != nil {
		return netip.AddrPort{}, err
	}
	defer socket.Close()
	return socket.Addr().(*net.TCPAddr).AddrPort(), nil
}
