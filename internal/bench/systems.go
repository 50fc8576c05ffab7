package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

const (
	secretVariable = "LEADBENCH_SECRET"
	benchSecret    = "leadbench-signing-secret"
	// sinkSecret signs what the hub sends on; the sink does not look.
	sinkSecret = "whsec_bGVhZGJlbmNoLXNpbmstc2VjcmV0" //nolint:gosec // of no system but this one
	// sinkWorkers is how many POSTs the hub and the third floor may have in flight.
	sinkWorkers = 32
)

// FloorArgs returns the arguments with which the measuring binary serves a floor.
func FloorArgs(kind FloorKind, listen, dir, sinkURL string) []string {
	return []string{"floor", "-kind", string(kind), "-listen", listen, "-dir", dir, "-sink", sinkURL}
}

// SecretVariable is the environment variable that holds a floor's signing secret.
func SecretVariable() string { return secretVariable }

func floorSystem(ctx context.Context, self string, kind FloorKind, dir, sinkURL string) (system, error) {
	addr, err := freeAddr(ctx)
	if err != nil {
		return system{}, err
	}
	return system{
		name: "floor " + string(kind),
		argv: append([]string{self}, FloorArgs(kind, addr, dir, sinkURL)...),
		env:  []string{secretVariable + "=" + benchSecret},
		dir:  dir, addr: addr, path: FloorPath,
	}, nil
}

const hubConfig = `version: 1
server:
  listen: %q
  admin: %q
store:
  url: "sqlite://leadhub.db"
receivers:
  prospektr:
    type: prospektr
    path: /webhooks/prospektr
    secrets: ["${` + secretVariable + `}"]
outputs:
  sink:
    type: http
    url: %q
    signing_secret: "` + sinkSecret + `"
    allow_private: true
    concurrency: %d
  rest:
    type: file
    path: rest.jsonl
routes:
%s  - name: everything-else
    to: [rest]
`

// hubRoutes is what the hub does with the leads of a run.
type hubRoutes string

const (
	// suppressAll measures intake and routing without any delivery.
	suppressAll hubRoutes = `  - name: kept-back
    when: lead_potential in ["high", "medium", "low"]
    suppress: measuring intake
`
	// sendHigh sends every other lead to the sink.
	sendHigh hubRoutes = `  - name: high
    when: lead_potential == "high"
    to: [sink]
  - name: not-high
    when: lead_potential != "high"
    suppress: potential is not high
`
)

func hubSystem(ctx context.Context, binary, dir, sinkURL string, routes hubRoutes) (system, error) {
	addr, err := freeAddr(ctx)
	if err != nil {
		return system{}, err
	}
	admin, err := freeAddr(ctx)
	if err != nil {
		return system{}, err
	}
	file := filepath.Join(dir, "leadhub.yaml")
	text := fmt.Sprintf(hubConfig, addr, admin, sinkURL, sinkWorkers, routes)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return system{}, err
	}
	return system{
		name: "leadhub",
		argv: []string{binary, "serve", "-c", file},
		env:  []string{secretVariable + "=" + benchSecret},
		dir:  dir, addr: addr, path: "/webhooks/prospektr",
	}, nil
}
