// Program mesh answers which requests Istio lets through: it translates AuthorizationPolicies with Istio's own
// code and asks Envoy. It reads worlds as lines of JSON and writes an answer for each, in the same order.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pkg/log"
)

const workers = 8

func main() {
	program := flag.String("envoy", "envoy", "the Envoy to ask")
	size := flag.Int("batch", 200, "worlds in one Envoy")
	flag.Parse()
	if err := run(*program, *size); err != nil {
		fmt.Fprintln(os.Stderr, "mesh:", err)
		os.Exit(1)
	}
}

func run(program string, size int) error {
	options := log.DefaultOptions()
	options.OutputPaths = []string{"stderr"}
	options.SetDefaultOutputLevel(log.OverrideScopeName, log.NoneLevel)
	if err := log.Configure(options); err != nil {
		return err
	}
	directory, err := os.MkdirTemp("", "kfaccess-mesh-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	input, output := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20)), bufio.NewWriter(os.Stdout)
	for {
		worlds, err := batch(input, size)
		if err != nil || len(worlds) == 0 {
			return err
		}
		answers, err := answerAll(program, directory, worlds)
		if err != nil {
			return err
		}
		encoder := json.NewEncoder(output)
		for _, answer := range answers {
			if err := encoder.Encode(answer); err != nil {
				return err
			}
		}
		if err := output.Flush(); err != nil {
			return err
		}
	}
}

// batch reads at most *size* worlds.
func batch(input *json.Decoder, size int) ([]World, error) {
	var worlds []World
	for len(worlds) < size {
		var world World
		err := input.Decode(&world)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		world.prepare()
		worlds = append(worlds, world)
	}
	return worlds, nil
}

// answerAll translates the worlds into one configuration, starts Envoy with it, and asks everything.
func answerAll(program, directory string, worlds []World) ([]*Answer, error) {
	all := &chains{numbers: map[string]int{}}
	translations := make([]*translated, len(worlds))
	for index, world := range worlds {
		var err error
		if translations[index], err = translate(world, all); err != nil {
			return nil, err
		}
	}
	running, err := startEnvoy(program, directory, all)
	if err != nil {
		return nil, err
	}
	defer running.stop()
	answers, err := askAll(translations, running.port, all)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, running.log.String())
	}
	return answers, nil
}

func askAll(translations []*translated, port int, all *chains) ([]*Answer, error) {
	answers, faults := make([]*Answer, len(translations)), make([]error, len(translations))
	var group sync.WaitGroup
	next := make(chan int)
	for range workers {
		group.Go(func() {
			for index := range next {
				answers[index], faults[index] = translations[index].answer(port, all)
			}
		})
	}
	for index := range translations {
		next <- index
	}
	close(next)
	group.Wait()
	return answers, errors.Join(faults...)
}

// without returns the accepted policies of a world in its order, without some of them.
func without(world World, policies map[int]model.AuthorizationPolicy, left []int) []model.AuthorizationPolicy {
	var kept []model.AuthorizationPolicy
	for index := range world.Policies {
		if policy, ok := policies[index]; ok && !slices.Contains(left, index) {
			kept = append(kept, policy)
		}
	}
	return kept
}
