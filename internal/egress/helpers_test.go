package egress

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptrace"
)

// quiet keeps a test server's complaints about broken connections to itself.
func quiet(s *http.Server) { s.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) }

func writeFailed() httptrace.WroteRequestInfo {
	return httptrace.WroteRequestInfo{Err: errors.New("broken pipe")}
}
func writeDone() httptrace.WroteRequestInfo { return httptrace.WroteRequestInfo{} }
func gotConn() httptrace.GotConnInfo        { return httptrace.GotConnInfo{} }
