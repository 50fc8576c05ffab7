package all_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails if an output or a stand-in leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
