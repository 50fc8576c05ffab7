package queue

import (
	"context"
	"log/slog"

	"github.com/ThreeDotsLabs/watermill"
)

// NewLogger passes Watermill's errors on to slog. What it calls info is of no use
// to an operator and becomes debug.
func NewLogger(log *slog.Logger) watermill.LoggerAdapter { return logger{log} }

type logger struct{ log *slog.Logger }

func (l logger) put(level slog.Level, msg string, fields watermill.LogFields) {
	ctx := context.Background()
	if !l.log.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, len(fields)+1)
	attrs = append(attrs, slog.String("event", msg))
	for k, v := range fields {
		attrs = append(attrs, slog.Any(k, v))
	}
	l.log.LogAttrs(ctx, level, "watermill", attrs...)
}

// Error implements watermill.LoggerAdapter.
func (l logger) Error(msg string, err error, fields watermill.LogFields) {
	if err != nil {
		fields = fields.Add(watermill.LogFields{"error": err.Error()})
	}
	l.put(slog.LevelError, msg, fields)
}

// Info implements watermill.LoggerAdapter.
func (l logger) Info(msg string, fields watermill.LogFields) { l.put(slog.LevelDebug, msg, fields) }

// Debug implements watermill.LoggerAdapter.
func (l logger) Debug(msg string, fields watermill.LogFields) { l.put(slog.LevelDebug-1, msg, fields) }

// Trace implements watermill.LoggerAdapter.
func (l logger) Trace(msg string, fields watermill.LogFields) { l.put(slog.LevelDebug-2, msg, fields) }

// With implements watermill.LoggerAdapter.
func (l logger) With(fields watermill.LogFields) watermill.LoggerAdapter {
	args := make([]any, 0, len(fields))
	for k, v := range fields {
		args = append(args, slog.Any(k, v))
	}
	return logger{l.log.With(args...)}
}
