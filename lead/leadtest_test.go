package lead

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// full returns a lead with every field set, nothing sealed.
func full() Lead {
	return Lead{
		Kind: KindPerson, Status: "qualified",
		Person: &Person{
			FullName: "Jane Doe", FirstName: "Jane", LastName: "Doe", Title: "CTO", Seniority: SeniorityCLevel,
			Emails:      []Email{{Value: "jane.doe@acme.com", Type: EmailWork, Primary: true}, {Value: "info@acme.com", Type: EmailRole}},
			Phones:      []Phone{{Raw: "(407) 555-0101", E164: "+14075550101"}},
			LinkedInURL: "https://www.linkedin.com/in/janedoe",
		},
		Company: Company{
			VendorID: "comp_xyz789", Name: "Acme Corp", Domain: "acme.com", Website: "https://acme.com",
			Industry: "Software", Segment: "smb", Size: Size{Raw: "50-200", Min: new(50), Max: new(200)},
			Address:      Address{Raw: "Orlando, FL", Street: "1 Main St", City: "Orlando", Region: "FL", PostalCode: "32801", Country: "US"},
			Emails:       []Email{{Value: "sales@acme.com", Type: EmailRole, Primary: true}},
			Phones:       []Phone{{Raw: "407-555-0100", E164: "+14075550100"}},
			Technologies: []string{"HubSpot", "AWS"}, NotableClients: []string{"Disney"},
			Description: "Makes everything", LinkedInURL: "https://www.linkedin.com/company/acme-corp",
		},
		LeadPotential: PotentialHigh, Score: new(85), Confidence: new(70),
		Scores:  Scores{Raw: []RawScore{{Name: "qualification_score", Value: "85", Scale: "0-100"}}},
		Reasons: []string{"Uses HubSpot", "Revenue > $10M"}, Tags: []string{"large-run"},
		Custom: map[string]string{"a": "1", "b": "2"},
		Source: Source{
			Vendor: "openprospect", Receiver: "op", Channel: "webhook", Tenant: "ws_1", Event: "delivery.company_qualified",
			VendorLeadID: "pros_456def", VendorCompanyID: "comp_xyz789", DeliveryID: "del_1",
			OccurredAt: time.UnixMilli(1), ReceivedAt: time.UnixMilli(2),
		},
		Consent: Consent{Basis: "legitimate_interest"},
		Owner:   &Owner{ID: "7"}, AssignedBecause: "route hot",
	}
}

// field is one value somewhere inside a lead, with its path in Go's names.
type field struct {
	path string
	v    reflect.Value
}

// fields returns every value inside v that is not a struct, pointer to a
// struct, or slice of structs; into those it descends.
func fields(path string, v reflect.Value) []field {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
	case v.Kind() == reflect.Pointer && v.Type().Elem().Kind() == reflect.Struct && !v.IsNil():
		return fields(path, v.Elem())
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
		list := []field{{path, v}}
		for i := range v.Len() {
			list = append(list, fields(path+"[]", v.Index(i))...)
		}
		return list
	case v.Kind() == reflect.Struct:
		var list []field
		for i := range v.NumField() {
			sub := v.Type().Field(i).Name
			if path != "" {
				sub = path + "." + sub
			}
			list = append(list, fields(sub, v.Field(i))...)
		}
		return list
	}
	return []field{{path, v}}
}

// change gives a value another one.
func change(t *testing.T, f field) {
	t.Helper()
	v := f.v
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(v.Interface().(time.Time).Add(time.Millisecond)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(v.String() + "x")
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Int:
		v.SetInt(v.Int() + 1)
	case reflect.Pointer: // to a number, or a nil struct
		n := reflect.New(v.Type().Elem())
		if !v.IsNil() {
			n.Elem().SetInt(v.Elem().Int() + 1)
		}
		v.Set(n)
	case reflect.Slice:
		v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
	case reflect.Map:
		m := reflect.MakeMap(v.Type())
		for _, k := range v.MapKeys() {
			m.SetMapIndex(k, v.MapIndex(k))
		}
		m.SetMapIndex(reflect.ValueOf("new key"), reflect.ValueOf(""))
		v.Set(m)
	default:
		t.Fatalf("%s: no idea how to change a %s: teach this test", f.path, v.Type())
	}
}

// randomLead returns a lead made of very few different values, so that two of
// them are often nearly the same.
func randomLead(r *rand.Rand) Lead {
	var l Lead
	fillRandom(r, reflect.ValueOf(&l).Elem())
	return l
}

func fillRandom(r *rand.Rand, v reflect.Value) {
	if v.Type() == reflect.TypeFor[time.Time]() || r.IntN(3) > 0 && v.Kind() != reflect.Struct {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString([]string{"", "a", "aa", "\x00", "\x01a"}[r.IntN(5)])
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(int64(r.IntN(3) - 1))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillRandom(r, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(3), 3))
		for i := range v.Len() {
			fillRandom(r, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range r.IntN(3) {
			e := reflect.New(v.Type().Elem()).Elem()
			fillRandom(r, e)
			v.SetMapIndex(reflect.ValueOf([]string{"", "a", "aa"}[r.IntN(3)]), e)
		}
	default: // structs
		for _, field := range v.Fields() {
			fillRandom(r, field)
		}
	}
}
