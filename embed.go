// Package leadhub holds what every program of this module can hand out: the
// commented example of a configuration, and payloads to try a hub out with.
package leadhub

import "embed"

// ConfigExample is config.example.yaml: a complete configuration with comments,
// to start from.
//
//go:embed config.example.yaml
var ConfigExample []byte

// Samples holds captured payloads of every vendor with their headers, as
// testdata/<vendor>/<name>.body.json and .headers. Whom they name does not exist.
//
//go:embed testdata/*/*.body.json testdata/*/*.headers
var Samples embed.FS
