// Package leadhub holds what every program of this module can hand out: the
// commented example of a configuration.
package leadhub

import _ "embed" // for ConfigExample

// ConfigExample is config.example.yaml: a complete configuration with comments,
// to start from.
//
//go:embed config.example.yaml
var ConfigExample []byte
