// Package memo remembers the answers of slow pure functions, in bounded memory.
package memo

import "sync"

// Memo remembers up to 2 × max answers and forgets those not asked for lately.
// It may be used concurrently.
type Memo[K comparable, V any] struct {
	max int

	mu         sync.RWMutex
	young, old map[K]V
}

// New returns an empty memo. max must be at least 1.
func New[K comparable, V any](maximum int) *Memo[K, V] {
	return &Memo[K, V]{max: max(maximum, 1), young: map[K]V{}}
}

// Get returns what was remembered for a key.
func (m *Memo[K, V]) Get(k K) (V, bool) {
	m.mu.RLock()
	v, ok := m.young[k]
	if ok {
		m.mu.RUnlock()
		return v, true
	}
	v, ok = m.old[k]
	m.mu.RUnlock()
	if ok {
		m.Put(k, v) // asked for again: it outlives the next change of generation
	}
	return v, ok
}

// Put remembers v. When max answers are young, they grow old together, and those
// that were old already are forgotten: that needs no list and no clock.
func (m *Memo[K, V]) Put(k K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.young) >= m.max {
		m.old, m.young = m.young, make(map[K]V, m.max)
	}
	m.young[k] = v
}
