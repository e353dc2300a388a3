package main

import (
	"bytes"
	secrets "crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	bootstrap "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	metrics "github.com/envoyproxy/go-control-plane/envoy/config/metrics/v3"
	routes "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
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
	probeAddress    = "12.0.0.1"
	principalHeader = "x-kfaccess-principal"
	principalKey    = "io.istio.peer_principal" // where Istio's filters look for it
	claimsHeader    = "x-kfaccess-claims"
	attempts        = 5 // to start Envoy
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

func filterChain(name, body string, filters []*hcm.HttpFilter, addresses ...string) *listener.FilterChain {
	response := &routes.DirectResponseAction{Status: 200}
	if body != "" {
		response.Body = &core.DataSource{Specifier: &core.DataSource_InlineString{InlineString: body}}
	}
	manager := &hcm.HttpConnectionManager{
		StatPrefix: "mesh", CodecType: hcm.HttpConnectionManager_HTTP1,
		HttpFilters:       append(filters, httpFilter("envoy.filters.http.router", &router.Router{})),
		GenerateRequestId: wrapperspb.Bool(false),
		RouteSpecifier: &hcm.HttpConnectionManager_RouteConfig{RouteConfig: &routes.RouteConfiguration{
			VirtualHosts: []*routes.VirtualHost{{
				Name: "workload", Domains: []string{"*"},
				Routes: []*routes.Route{{
					Match:  &routes.RouteMatch{PathSpecifier: &routes.RouteMatch_Prefix{Prefix: "/"}},
					Action: &routes.Route_DirectResponse{DirectResponse: response},
				}},
			}},
		}},
	}
	match := &listener.FilterChainMatch{}
	for _, address := range addresses {
		block := &core.CidrRange{AddressPrefix: address, PrefixLen: wrapperspb.UInt32(32)}
		match.PrefixRanges = append(match.PrefixRanges, block)
	}
	return &listener.FilterChain{
		Name: name, FilterChainMatch: match,
		Filters: []*listener.Filter{{
			Name:       "envoy.filters.network.http_connection_manager",
			ConfigType: &listener.Filter_TypedConfig{TypedConfig: typed(manager)},
		}},
	}
}

// configuration returns an Envoy with all chains, and one that answers with a text that only we know.
func configuration(port int, secret string, all *chains) *bootstrap.Bootstrap {
	entry := &listener.Listener{
		Name:            "workloads",
		EnableReusePort: wrapperspb.Bool(false), // so that two Envoys never share a port
		Address: &core.Address{Address: &core.Address_SocketAddress{SocketAddress: &core.SocketAddress{
			Address: "127.0.0.1", PortSpecifier: &core.SocketAddress_PortValue{PortValue: uint32(port)},
		}}},
		ListenerFilters: []*listener.ListenerFilter{{
			Name:       "envoy.filters.listener.proxy_protocol",
			ConfigType: &listener.ListenerFilter_TypedConfig{TypedConfig: typed(&proxyprotocol.ProxyProtocol{})},
		}},
		FilterChains: []*listener.FilterChain{filterChain("probe", secret, nil, probeAddress)},
	}
	for number, filters := range all.filters {
		filters := append(identityFilters(all.texts[number]), filters...)
		chain := filterChain(fmt.Sprint(number), "", filters, address(number, false), address(number, true))
		entry.FilterChains = append(entry.FilterChains, chain)
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
	port    int
	command *exec.Cmd
	ended   chan error
	log     bytes.Buffer
}

// startEnvoy starts Envoy with these chains and waits until it listens. It tries another port if another program
// takes the first one in between.
func startEnvoy(program, directory string, all *chains) (*envoy, error) {
	for attempt := 1; ; attempt++ {
		started, err := tryEnvoy(program, directory, all)
		if err == nil || attempt == attempts || !strings.Contains(err.Error(), "Address already in use") {
			return started, err
		}
	}
}

func tryEnvoy(program, directory string, all *chains) (*envoy, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	secret := secrets.Text()
	encoded, err := proto.Marshal(configuration(port, secret, all))
	if err != nil {
		return nil, err
	}
	file := filepath.Join(directory, fmt.Sprintf("envoy-%d.pb", port))
	if err := os.WriteFile(file, encoded, 0o600); err != nil {
		return nil, err
	}
	defer os.Remove(file)
	started := &envoy{port: port, ended: make(chan error, 1)}
	started.command = exec.Command(program, "-c", file, "--concurrency", "1", "--disable-hot-restart",
		"--log-level", "error")
	started.command.Stdout, started.command.Stderr = &started.log, &started.log
	if err := started.command.Start(); err != nil {
		return nil, err
	}
	go func() { started.ended <- started.command.Wait() }()
	return started, started.wait(secret)
}

// wait waits until this very Envoy answers, and not another program on its port.
func (e *envoy) wait(secret string) error {
	deadline := time.After(2 * time.Minute)
	for {
		if e.probe() == secret {
			return nil
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

// probe returns what the chain of the probe answers, "" if nothing does.
func (e *envoy) probe() string {
	open, err := dial(net.Dialer{}, e.port, "127.0.0.1 "+probeAddress+" 40000 80")
	if err != nil {
		return ""
	}
	defer open.Close()
	if err := open.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return ""
	}
	if _, err := io.WriteString(open, "GET / HTTP/1.1\r\nhost: probe\r\n\r\n"); err != nil {
		return ""
	}
	_, body, err := open.response(false)
	if err != nil {
		return ""
	}
	return body
}

func (e *envoy) stop() {
	_ = e.command.Process.Kill()
	<-e.ended
}

// freePort returns a port that nobody uses, below those that outgoing connections take.
func freePort() (int, error) {
	for range 1000 {
		port := 20000 + rand.IntN(12000)
		socket, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return port, socket.Close()
		}
	}
	return 0, errors.New("no port is free")
}
