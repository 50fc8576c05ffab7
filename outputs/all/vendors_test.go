package all_test

import (
	"fmt"
	"strings"
	"testing"

	"leadhub/lead"
	"leadhub/outputs"
	"leadhub/outputs/outputtest"
	"leadhub/outputs/prospectb2b"
	"leadhub/outputs/prospectb2b/prospectb2btest"
	"leadhub/outputs/salesos"
	"leadhub/outputs/salesos/salesostest"
)

// deliveryOf returns the contract's delivery of a lead, by the lead's id: all that
// these vendors keep of a delivery.
func deliveryOf() func(leadID string) string {
	ids := map[string]string{}
	note := func(d *outputs.Delivery) { ids[d.Lead.ID] = d.ID }
	for n := range 600 {
		note(outputtest.LeadDelivery(n, ""))
	}
	note(outputtest.CompanyDelivery(""))
	note(outputtest.HostileDelivery(""))
	return func(leadID string) string {
		if id, ok := ids[leadID]; ok {
			return id
		}
		return "unknown lead " + leadID
	}
}

func prospectb2bContract(bare bool) outputtest.Contract {
	delivery := deliveryOf()
	return outputtest.Contract{Kind: prospectb2b.Kind, New: func(t *testing.T) *outputtest.Instance {
		p := &prospectb2btest.ProspectB2B{Bare: bare}
		return &outputtest.Instance{
			Target: outputtest.NewTarget(t, p),
			Config: func(base string, private bool) string {
				return fmt.Sprintf("token: %q\napi_url: %q\nallow_private: %t\n", prospectb2btest.Token, base+prospectb2btest.Base, private)
			},
			Good:    []string{""},
			Bad:     []string{"#hot", "leads"},
			Secrets: []string{prospectb2btest.Token, "AbCdEfGhIjKlMnOp"},
			Delivered: func() []string {
				var ids []string
				for _, l := range p.Leads() {
					ids = append(ids, delivery(strings.Split(l.Key, "-")[2]))
				}
				return ids
			},
			Status: func(status int) outputtest.Expect {
				if status >= 200 && status <= 299 {
					return outputtest.Fails(outputs.InstructAmbiguous) // ProspectB2B always says more
				}
				return outputtest.DefaultStatus(status)
			},
			Unread: outputtest.Fails(outputs.InstructAmbiguous),
		}
	}}
}

func salesosContract(bare bool) outputtest.Contract {
	delivery := deliveryOf()
	return outputtest.Contract{Kind: salesos.Kind, New: func(t *testing.T) *outputtest.Instance {
		s := &salesostest.SalesOS{Bare: bare, MostPerPage: 2}
		return &outputtest.Instance{
			Target: outputtest.NewTarget(t, s),
			Config: func(base string, private bool) string {
				return fmt.Sprintf("api_key: %q\napi_url: %q\nallow_private: %t\n", salesostest.Key, base, private)
			},
			Good:    []string{""},
			Bad:     []string{"#hot", "leads"},
			Secrets: []string{salesostest.Key, "AbCdEfGhIjKlMnOp"},
			Delivered: func() []string {
				var ids []string
				for _, l := range s.Leads() {
					id, _ := lead.MarkedSource(l.Text("source"))
					ids = append(ids, delivery(id))
				}
				return ids
			},
			Status: func(status int) outputtest.Expect {
				// A success without a lead, and a failure of a server that had begun.
				if status >= 200 && status <= 299 || status >= 500 && status != 503 {
					return outputtest.Fails(outputs.InstructAmbiguous)
				}
				return outputtest.DefaultStatus(status)
			},
			Unread: outputtest.Fails(outputs.InstructAmbiguous),
		}
	}}
}
