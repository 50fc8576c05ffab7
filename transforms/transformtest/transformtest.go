// Package transformtest holds what every transform must pass. For tests only.
package transformtest

import (
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/transforms"
)

// Check applies a transform to thousands of messy leads and fails where the
// transform breaks the promise of transforms.Transform: applied twice it is
// applied once, it writes into nothing that two leads may share, it gives the
// same answer every time, and it may be called concurrently.
func Check(t *testing.T, tr transforms.Transform) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same leads on every run, so that a failure comes again
	for i := range 1500 {
		original := Messy(r)
		frozen := clone(original)
		once := share(original)
		tr.Apply(&once)
		if diff := cmp.Diff(frozen, original); diff != "" {
			t.Fatalf("lead %d: wrote into what another lead may share (-before +after):\n%s", i, diff)
		}
		kept := clone(once)
		again := share(original)
		tr.Apply(&again)
		if diff := cmp.Diff(kept, again); diff != "" {
			t.Fatalf("lead %d: two answers for one lead:\n%s", i, diff)
		}
		tr.Apply(&once)
		if diff := cmp.Diff(kept, once); diff != "" {
			t.Fatalf("lead %d: applied twice is not applied once (-once +twice):\n%s\nfrom %+v", i, diff, frozen)
		}
	}
	concurrently(t, tr)
}

func concurrently(t *testing.T, tr transforms.Transform) {
	t.Helper()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // all four get the same leads
			for range 200 {
				l := Messy(r)
				tr.Apply(&l)
			}
		})
	}
	wg.Wait()
}

// share copies a lead as a fan-out does: the person is its own, lists are shared.
func share(l lead.Lead) lead.Lead {
	if l.Person != nil {
		p := *l.Person
		l.Person = &p
	}
	return l
}

// clone copies a lead with everything behind it.
func clone(l lead.Lead) lead.Lead {
	out := reflect.New(reflect.TypeFor[lead.Lead]())
	out.Elem().Set(deep(reflect.ValueOf(l)))
	return *out.Interface().(*lead.Lead)
}

func deep(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(deep(v.Elem()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				out.Index(i).Set(deep(v.Index(i)))
			}
		}
	case reflect.Map:
		if !v.IsNil() {
			out.Set(reflect.MakeMap(v.Type()))
			for _, k := range v.MapKeys() {
				out.SetMapIndex(k, deep(v.MapIndex(k)))
			}
		}
	case reflect.Struct:
		out.Set(v) // unexported fields of time.Time
		for i := range v.NumField() {
			if out.Field(i).CanSet() {
				out.Field(i).Set(deep(v.Field(i)))
			}
		}
	default:
		out.Set(v)
	}
	return out
}
