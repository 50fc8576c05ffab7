package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadhub/internal/hub"
)

// none is the answer for no output but those that are always there.
const none = "none"

// errAnswersEnded is what an init says whose answers stop before the last question.
var errAnswersEnded = errors.New("the answers ended before the last question, so nothing was written; with --yes the defaults are taken")

// asker asks questions on a terminal, or reads answers that were piped in.
type asker struct {
	in  *bufio.Reader
	out io.Writer
	// again: a wrong answer can be given again, because a person is there.
	again bool
}

func newAsker(in io.Reader, out io.Writer, again bool) *asker {
	return &asker{in: bufio.NewReader(in), out: out, again: again}
}

// ask collects what the flags do not say. Questions go to standard error, so that
// standard output holds only the result.
func (c *initCmd) ask(a *app) (hub.InitOptions, error) {
	var o hub.InitOptions
	receivers, outputs := hub.InitReceivers(a.env.Kinds), hub.InitOutputs(a.env.Kinds)
	ask := newAsker(a.stdin, a.stderr, isTerminal(a.stderr) && isTerminalIn(a.stdin))
	given := func(flag []string, choices []hub.InitChoice, noun string) ([]string, error) {
		return choose(strings.Join(flag, ","), choices, noun)
	}
	var err error
	// Flags first: who mistyped one should not answer questions before hearing of it.
	if len(c.Receivers) > 0 {
		o.Receivers, err = given(c.Receivers, receivers, "vendor")
	}
	if len(c.Outputs) > 0 && err == nil {
		o.Outputs, err = given(c.Outputs, outputs, "output")
	}
	o.PublicURL, o.Timezone = c.PublicURL, c.Timezone
	if err == nil {
		err = hub.CheckPublicURL(o.PublicURL)
	}
	if err == nil && o.Timezone != "" {
		err = hub.CheckTimezone(o.Timezone, a.env)
	}
	if err != nil {
		return o, err
	}
	if c.Yes {
		if len(c.Receivers) == 0 {
			o.Receivers = usual(receivers)
		}
		if o.Timezone == "" {
			o.Timezone = localZone()
		}
		return o, nil
	}
	if len(c.Receivers) == 0 {
		if o.Receivers, err = ask.kinds("Which vendors send you leads?", receivers, "vendor"); err != nil {
			return o, err
		}
	}
	if len(c.Outputs) == 0 {
		if o.Outputs, err = ask.kinds("Where should leads go?", outputs, "output"); err != nil {
			return o, err
		}
	}
	if c.PublicURL == "" {
		question := "Where do vendors reach this hub from the internet? Enter: not known yet [" + hub.PlaceholderURL + "]: "
		err = ask.until(question, func(answer string) error {
			o.PublicURL = answer
			return hub.CheckPublicURL(answer)
		})
		if err != nil {
			return o, err
		}
	}
	if c.Timezone == "" {
		zone := localZone()
		err = ask.until("Which time zone are you in? ["+zone+"]: ", func(answer string) error {
			if o.Timezone = answer; answer == "" {
				o.Timezone = zone
			}
			return hub.CheckTimezone(o.Timezone, a.env)
		})
	}
	return o, err
}

// kinds asks for some of the choices.
func (q *asker) kinds(question string, choices []hub.InitChoice, noun string) ([]string, error) {
	fmt.Fprintln(q.out, question)
	width := 0
	for _, c := range choices {
		width = max(width, len(c.Kind))
	}
	n := 0
	for _, c := range choices {
		if c.Always {
			continue
		}
		n++
		fmt.Fprintf(q.out, "  %d  %-*s  %s\n", n, width, c.Kind, c.Summary)
	}
	for _, c := range choices {
		if c.Always {
			fmt.Fprintf(q.out, "     %-*s  %s: in any case\n", width, c.Kind, c.Summary)
		}
	}
	usually := usual(choices)
	shown := none
	if len(usually) > 0 {
		shown = strings.Join(usually, ", ")
	}
	var chosen []string
	err := q.until("Numbers or names, with commas between them ["+shown+"]: ", func(answer string) error {
		if answer == "" {
			chosen = usually
			return nil
		}
		var err error
		if chosen, err = choose(answer, choices, noun); err == nil && len(chosen) == 0 && len(usually) > 0 {
			err = &hub.UsageError{Message: "a hub needs at least one " + noun}
		}
		return err
	})
	return chosen, err
}

// until asks until take accepts the answer; a wrong answer that was piped in ends it.
func (q *asker) until(question string, take func(answer string) error) error {
	for {
		fmt.Fprint(q.out, question)
		line, err := q.in.ReadString('\n')
		if err != nil && (!errors.Is(err, io.EOF) || line == "") {
			fmt.Fprintln(q.out)
			return errAnswersEnded
		}
		if !q.again {
			fmt.Fprintln(q.out)
		}
		if err = take(strings.TrimSpace(line)); err == nil || !q.again {
			return err
		}
		fmt.Fprintln(q.out, clean(err.Error()))
	}
}

// choose reads "1, salesos", "all" or "none". Numbers count the choices that are
// not there in any case.
func choose(answer string, choices []hub.InitChoice, noun string) ([]string, error) {
	var open, chosen []string
	for _, c := range choices {
		if !c.Always {
			open = append(open, c.Kind)
		}
	}
	words := strings.FieldsFunc(strings.ToLower(answer), func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\t' })
	for _, w := range words {
		switch n, err := strconv.Atoi(w); {
		case w == "all":
			chosen = append(chosen, open...)
		case w == none && len(words) == 1:
			return nil, nil
		case err == nil && n >= 1 && n <= len(open):
			chosen = append(chosen, open[n-1])
		case err == nil:
			return nil, &hub.UsageError{Message: fmt.Sprintf("there is no number %s: write 1 to %d, or names", w, len(open))}
		default:
			chosen = append(chosen, w)
		}
	}
	slices.Sort(chosen)
	chosen = slices.Compact(chosen)
	return chosen, hub.InitKnown(chosen, choices, noun)
}

// usual is what is taken where the user says nothing.
func usual(choices []hub.InitChoice) []string {
	var kinds []string
	for _, c := range choices {
		if c.Default {
			kinds = append(kinds, c.Kind)
		}
	}
	return kinds
}

// localZone is the name of this computer's time zone, UTC where it has none.
func localZone() string {
	zone := strings.TrimPrefix(os.Getenv("TZ"), ":")
	if zone == "" {
		if target, err := filepath.EvalSymlinks("/etc/localtime"); err == nil {
			_, zone, _ = strings.Cut(filepath.ToSlash(target), "zoneinfo/")
		}
	}
	// Etc/UTC, Etc/GMT+5 and the like say nothing that UTC does not say better.
	if _, err := time.LoadLocation(zone); err != nil || !strings.Contains(zone, "/") || strings.HasPrefix(zone, "Etc/") {
		return "UTC"
	}
	return zone
}

// isTerminalIn says whether a person types what is read.
func isTerminalIn(r io.Reader) bool {
	f, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
