package memo

import (
	"sync"
	"testing"
)

func TestMemo(t *testing.T) {
	t.Parallel()
	m := New[int, string](2)
	if _, ok := m.Get(1); ok {
		t.Error("an empty memo knows 1")
	}
	m.Put(1, "a")
	m.Put(2, "b")
	m.Put(3, "c") // 1 and 2 are old now
	for k, want := range map[int]string{1: "a", 3: "c"} {
		if got, ok := m.Get(k); !ok || got != want {
			t.Errorf("Get(%d) = %q, %v", k, got, ok)
		}
	}
	m.Put(4, "d") // 1 was asked for and stays; 2 is forgotten
	if _, ok := m.Get(1); !ok {
		t.Error("1 was asked for lately but is forgotten")
	}
	if _, ok := m.Get(2); ok {
		t.Error("2 should be forgotten")
	}
}

func TestMemoIsBounded(t *testing.T) {
	t.Parallel()
	m := New[int, int](100)
	for i := range 10_000 {
		m.Put(i, i)
		m.Get(i / 2)
		if n := len(m.young) + len(m.old); n > 200 {
			t.Fatalf("%d answers after %d keys, want at most 200", n, i)
		}
	}
}

func TestMemoConcurrently(t *testing.T) {
	t.Parallel()
	m := New[int, int](8)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 2000 {
				k := i % 40
				if v, ok := m.Get(k); ok && v != k*k {
					t.Errorf("Get(%d) = %d", k, v)
				}
				m.Put(k, k*k)
			}
		})
	}
	wg.Wait()
}
