package egress

import (
	"errors"
	"log"
	"log/slog"
	"net/http/httptrace"
)

func quiet() *log.Logger { return slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) }

func writeFailed() httptrace.WroteRequestInfo {
	return httptrace.WroteRequestInfo{Err: errors.New("broken pipe")}
}
func writeDone() httptrace.WroteRequestInfo { return httptrace.WroteRequestInfo{} }
func gotConn() httptrace.GotConnInfo        { return httptrace.GotConnInfo{} }
