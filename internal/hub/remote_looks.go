package hub

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"leadhub/internal/store"
)

// TokenVariable names the variable that holds the token of the admin API, for the
// hub and for those who look at it from elsewhere.
const TokenVariable = "LEADHUB_TOKEN" //nolint:gosec // the name of a variable, not what it holds

// minToken is how many characters a token of LEADHUB_TOKEN must have: less could be guessed.
const minToken = 16

// Connect is the hub at an address, as --hub names it. Its token comes from
// LEADHUB_TOKEN, in the environment or in the .env beside the configuration file.
func Connect(address, configFile string, env Env) (*Remote, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil {
		return nil, usagef("--hub %q is not an address: write it as https://hub.example.com:8081, the address of server.admin", Shorten(address))
	}
	lookup, _, err := variables(configFile, env)
	if err != nil {
		return nil, err
	}
	token, ok := lookup(TokenVariable)
	if !ok || token == "" {
		return nil, usagef("--hub needs a token: set %s to the one that the hub was started with", TokenVariable)
	}
	return &Remote{
		URL: u.Scheme + "://" + u.Host, Token: token, Name: "the hub at " + u.Host,
		Client: &http.Client{Transport: env.Client.Transport, CheckRedirect: env.Client.CheckRedirect},
	}, nil
}

// Shorten cuts what a person typed to what fits into a message.
func Shorten(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

// Query is the options as the query of a request.
func (o ListOptions) Query() url.Values {
	q := url.Values{"limit": {strconv.Itoa(o.Limit)}}
	for name, v := range map[string]string{"receiver": o.Receiver, "output": o.Output, "state": o.State, "since": o.Since} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return q
}

// defaultLimit is how long a list is that nobody gave a length.
const defaultLimit = 50

// ListOptionsOf is the inverse of Query.
func ListOptionsOf(q url.Values) (ListOptions, error) {
	o := ListOptions{Limit: defaultLimit}
	for name := range q {
		v := q.Get(name)
		switch name {
		case "receiver":
			o.Receiver = v
		case "output":
			o.Output = v
		case "state":
			o.State = v
		case "since":
			o.Since = v
		case "limit":
			n, err := strconv.Atoi(v)
			if err != nil {
				return o, usagef("limit=%q is not a number", Shorten(v))
			}
			o.Limit = n
		default:
			return o, usagef("there is no parameter %q here: receiver, output, state, since and limit are known", Shorten(name))
		}
	}
	return o, nil
}

// get looks something up in the remote hub.
func get[T any](ctx context.Context, r *Remote, path string, query url.Values) (T, error) {
	var out T
	res, err := r.look(ctx, path, query)
	if err != nil {
		return out, err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
		return out, fmt.Errorf("%s answered what this version of leadhub does not understand: is it of another version? (%w)", r.Name, err)
	}
	return out, nil
}

func (r *Remote) look(ctx context.Context, path string, query url.Values) (*http.Response, error) {
	address := r.URL + APIPath + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	return r.roundTrip(ctx, req)
}

func (r *Remote) listEvents(ctx context.Context, o ListOptions) ([]EventItem, error) {
	return get[[]EventItem](ctx, r, "/events", o.Query())
}

func (r *Remote) showEvent(ctx context.Context, id string) (*EventDetail, error) {
	return get[*EventDetail](ctx, r, "/events/"+url.PathEscape(id), nil)
}

// maxPayload bounds a payload that is read from a remote hub, in bytes.
const maxPayload = 64 << 20

func (r *Remote) eventBody(ctx context.Context, id string) ([]byte, error) {
	res, err := r.look(ctx, "/events/"+url.PathEscape(id)+"/body", nil)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(io.LimitReader(res.Body, maxPayload))
}

func (r *Remote) explainEvent(ctx context.Context, id string, today bool) (*Explanation, error) {
	q := url.Values{}
	if today {
		q.Set("today", "true")
	}
	return get[*Explanation](ctx, r, "/events/"+url.PathEscape(id)+"/explanation", q)
}

func (r *Remote) listLeads(ctx context.Context, o ListOptions) ([]LeadItem, error) {
	return get[[]LeadItem](ctx, r, "/leads", o.Query())
}

func (r *Remote) showLead(ctx context.Context, id string) (*LeadDetail, error) {
	return get[*LeadDetail](ctx, r, "/leads/"+url.PathEscape(id), nil)
}

func (r *Remote) listDeliveries(ctx context.Context, o ListOptions) ([]DeliveryItem, error) {
	return get[[]DeliveryItem](ctx, r, "/deliveries", o.Query())
}

func (r *Remote) showDelivery(ctx context.Context, id string) (*DeliveryDetail, error) {
	return get[*DeliveryDetail](ctx, r, "/deliveries/"+url.PathEscape(id), nil)
}

func (r *Remote) listRejects(ctx context.Context, o ListOptions) ([]store.Reject, error) {
	return get[[]store.Reject](ctx, r, "/rejects", o.Query())
}

func (r *Remote) ledger(ctx context.Context) (*store.Ledger, error) {
	return get[*store.Ledger](ctx, r, "/ledger", nil)
}

func (r *Remote) listOutputs(ctx context.Context) ([]OutputItem, error) {
	return get[[]OutputItem](ctx, r, "/outputs", nil)
}

func (r *Remote) verifyOutputs(ctx context.Context, names []string) ([]VerifyResult, error) {
	return get[[]VerifyResult](ctx, r, "/verification", url.Values{"output": names})
}

func (r *Remote) previewOutput(ctx context.Context, name, event string) (*Preview, error) {
	return get[*Preview](ctx, r, "/outputs/"+url.PathEscape(name)+"/preview/"+url.PathEscape(event), nil)
}
