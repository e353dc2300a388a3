package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// route says where a connection goes and where it comes from.
type route struct {
	chain  int
	inside bool
	port   int
	source string
}

// caller keeps a connection for each route.
type caller struct {
	port        int
	texts       []string // of the chains
	connections map[route]*connection
	answers     map[route]map[string]bool
	asked       int
}

type connection struct {
	net.Conn
	reader *bufio.Reader
}

func newCaller(port int, texts []string) *caller {
	return &caller{port, texts, map[route]*connection{}, map[route]map[string]bool{}, 0}
}

func (c *caller) close() {
	for _, open := range c.connections {
		open.Close()
	}
}

// isAllowed returns whether Envoy lets a request through; it asks once for each route and text.
func (c *caller) isAllowed(to route, text string) (bool, error) {
	known := c.answers[to]
	if known == nil {
		known = map[string]bool{}
		c.answers[to] = known
	}
	if answer, ok := known[text]; ok {
		return answer, nil
	}
	answer, err := c.ask(to, text)
	if err != nil {
		return false, fmt.Errorf("%w\nrequest to chain %d, port %d:\n%s", err, to.chain, to.port, text)
	}
	known[text] = answer
	return answer, nil
}

func (c *caller) ask(to route, text string) (bool, error) {
	open, err := c.connection(to)
	if err != nil {
		return false, err
	}
	c.asked++
	if _, err := io.WriteString(open, text); err != nil {
		return false, err
	}
	status, body, err := open.response(strings.HasPrefix(text, "HEAD "))
	switch {
	case err != nil:
		return false, err
	case status == 200:
		return true, nil
	case status == 403 && (body == "RBAC: access denied" || strings.HasPrefix(text, "HEAD ")):
		return false, nil
	}
	return false, fmt.Errorf("Envoy answers %d: %s", status, body)
}

func (c *caller) connection(to route) (*connection, error) {
	if open := c.connections[to]; open != nil {
		return open, nil
	}
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(to.source)}}
	open, err := dial(dialer, c.port, fmt.Sprintf("%s %s 40000 %d", to.source, address(to.chain, to.inside), to.port))
	if err == nil {
		c.connections[to] = open
	}
	return open, err
}

// dial opens a connection whose addresses and ports are, for Envoy, those of a PROXY header.
func dial(dialer net.Dialer, port int, proxied string) (*connection, error) {
	raw, err := dialer.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(raw, "PROXY TCP4 %s\r\n", proxied); err != nil {
		raw.Close()
		return nil, err
	}
	return &connection{raw, bufio.NewReader(raw)}, nil
}

// response reads a response and returns its status and its body.
func (c *connection) response(isHead bool) (int, string, error) {
	line, err := c.line()
	if err != nil {
		return 0, "", err
	}
	parts := strings.SplitN(line, " ", 3)
	if len(parts) < 2 {
		return 0, "", fmt.Errorf("not a status: %q", line)
	}
	status, err := strconv.Atoi(parts[1])
	if err != nil {
		return 0, "", err
	}
	length := 0
	for line, err = c.line(); line != ""; line, err = c.line() {
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(name, "content-length") {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return 0, "", err
			}
		}
	}
	if err != nil {
		return 0, "", err
	}
	if isHead {
		return status, "", nil
	}
	body := make([]byte, length)
	_, err = io.ReadFull(c.reader, body)
	return status, string(body), err
}

func (c *connection) line() (string, error) {
	line, err := c.reader.ReadString('\n')
	return strings.TrimRight(line, "\r\n"), err
}
