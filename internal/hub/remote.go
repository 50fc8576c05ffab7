package hub

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Remote acts on a hub that runs in another process, through its admin API.
type Remote struct {
	// URL is the address of the admin API, without a slash at its end.
	URL string
	// Token proves that the caller may act.
	Token string
	// Client has no time limit of its own: a replay takes as long as it takes.
	Client *http.Client
	// Name says which hub it is, in messages: "the hub at https://…".
	Name string
}

// APIPath is where the admin API's endpoints begin.
const APIPath = "/api/v1"

// APIError is the answer of the admin API where something is wrong.
type APIError struct {
	// Message is one line that says what to do, as commands print it.
	Message string `json:"error"`
	// RequestID names the request in the hub's log.
	RequestID string `json:"request_id"`
}

// remote is a hub on this computer, found by its file.
func (e Env) remote(w localWay) *Remote {
	return &Remote{
		URL: "http://" + w.Address, Token: w.Token, Name: "the running hub",
		Client: &http.Client{Transport: e.Client.Transport, CheckRedirect: e.Client.CheckRedirect},
	}
}

// post asks for an action and reads its result.
func (r *Remote) post(ctx context.Context, path string, in, out any) error {
	res, err := r.do(ctx, path, in)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("%s answered what this version of leadhub does not understand: is it of another version? (%w)", r.Name, err)
	}
	return nil
}

// stream asks for an action that reports as it goes: a JSON line for each report.
func (r *Remote) stream(ctx context.Context, path string, in any, line func([]byte) error) error {
	res, err := r.do(ctx, path, in)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		if err := line(lines.Bytes()); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("the connection to %s broke off: %w", r.Name, err)
	}
	return nil
}

func (r *Remote) do(ctx context.Context, path string, in any) (*http.Response, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL+APIPath+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	return r.roundTrip(ctx, req)
}

// roundTrip sends a request with the token; an answer that is not 200 is an error.
func (r *Remote) roundTrip(ctx context.Context, req *http.Request) (*http.Response, error) {
	req.Header.Set("Authorization", "Bearer "+r.Token)
	res, err := r.Client.Do(req)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("%s: %s", r.Name, unreachable(r.URL, err))
	case res.StatusCode == http.StatusOK:
		return res, nil
	}
	defer res.Body.Close()
	return nil, r.refused(res)
}

// refused turns an answer that is not 200 into what a command says.
func (r *Remote) refused(res *http.Response) error {
	var said APIError
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil || json.Unmarshal(data, &said) != nil || said.Message == "" {
		return fmt.Errorf("%s answered %s, which no leadhub does: is there something else at this address?", r.Name, res.Status)
	}
	switch res.StatusCode {
	case http.StatusBadRequest:
		return &UsageError{Message: said.Message}
	case http.StatusUnauthorized:
		return fmt.Errorf("%s does not know this token: %s must be the one that it was started with", r.Name, TokenVariable)
	}
	return errors.New(said.Message)
}

// Reload makes the hub read its configuration again.
func (r *Remote) Reload(ctx context.Context) (*ReloadResult, error) {
	out := &ReloadResult{}
	return out, r.post(ctx, "/reload", nil, out)
}
