package server

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"leadhub/receivers"
)

func TestShutdown(t *testing.T) {
	t.Parallel()
	h := open(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	h.set(func() {
		h.accept = func(r *receivers.Request) (string, error) {
			if string(r.Body) == "slow" {
				close(begun)
				<-goOn
			}
			return "evt_1", nil
		}
	})
	// An idle connection, one on which nothing was said, and a request under way.
	idle, ir := h.raw()
	say(t, idle, head+"Content-Length: 2\r\n\r\n{}")
	if a := hear(t, ir); a.status != 200 || a.last {
		t.Errorf("before: %+v", a)
	}
	h.raw()
	busy, br := h.raw()
	say(t, busy, head+"Content-Length: 4\r\n\r\nslow")
	<-begun
	ended := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		ended <- h.s.Shutdown(ctx)
	}()
	eventually(t, "no new connection is taken", func() bool {
		conn, err := net.DialTimeout("tcp", h.addr, time.Second)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
	if _, err := ir.ReadByte(); err == nil {
		t.Error("the idle connection says something")
	}
	select {
	case err := <-ended:
		t.Fatalf("it ended before the request was answered: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(goOn)
	if a := hear(t, br); a.status != 200 || !a.last {
		t.Errorf("the request under way: %+v", a)
	}
	if err := <-ended; err != nil {
		t.Errorf("shutdown: %v", err)
	}
}

func TestShutdownInVain(t *testing.T) {
	t.Parallel()
	h := open(t)
	begun, goOn := make(chan struct{}), make(chan struct{})
	h.set(func() {
		h.accept = func(*receivers.Request) (string, error) {
			close(begun)
			<-goOn
			return "evt_1", nil
		}
	})
	conn, r := h.raw()
	say(t, conn, head+"Content-Length: 2\r\n\r\n{}")
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := h.s.Shutdown(ctx); err == nil || !strings.Contains(err.Error(), "deadline") {
		t.Errorf("shutdown: %v", err)
	}
	close(goOn)
	if a := hear(t, r); a.status != 200 {
		t.Errorf("answered %+v", a)
	}
}

// TestShutdownAtTheStart: an end that comes while the server only begins is an end.
func TestShutdownAtTheStart(t *testing.T) {
	t.Parallel()
	for range 50 {
		s := New(Options{MaxBody: 1, Ready: func() string { return "" }, Now: time.Now, Logger: nil})
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		served := make(chan error, 1)
		go func() { served <- s.Serve(l) }()
		if err := s.Shutdown(t.Context()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
		select {
		case err := <-served:
			if err != nil {
				t.Errorf("serve: %v", err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("it serves on")
		}
	}
}
