// Package tables reads the lists that rules look things up in: CSV files of rows
// with a key, and of holidays. What is wrong in a file is told with its line and
// column, to people who keep their lists in a spreadsheet.
package tables

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
	"unicode"

	"leadhub/internal/plugin"
	"leadhub/rules"
)

// The bounds of a list. They are far beyond what anyone would keep in a spreadsheet.
const (
	MaxFile    = 64 << 20 // bytes
	MaxRows    = 1_000_000
	MaxColumns = 256
	MaxCell    = 32 << 10 // bytes
)

// maxProblems bounds how many errors of one file are told one by one.
const maxProblems = 20

// Spec says how a table is read.
type Spec struct {
	Name string // in the configuration
	Path string // of the file, also in problems
	Key  string // the column that rows are found by
	// Kind is one of Kinds: how keys are cleaned; "": as the column's name suggests.
	Kind string
	// Cleaners bring keys of a kind into the form that leads have them in; false for
	// a text that is none of the kind. A kind without one is cleaned as text.
	Cleaners map[string]func(string) (string, bool)
	MaxAge   time.Duration // an older file is warned about; 0: never
	MinRows  int           // fewer rows are an error
}

// KindText is the kind of keys that are any text.
const KindText = "text"

// Kinds returns the kinds of keys.
func Kinds() []string { return []string{"domain", "email", "phone", "region", "country", KindText} }

// KindOf says how the keys in a column of that name are probably to be cleaned.
func KindOf(column string) string {
	for word := range strings.FieldsFuncSeq(strings.ToLower(column), func(r rune) bool { return !unicode.IsLetter(r) }) {
		switch word {
		case "domain", "domains", "website", "url", "host":
			return "domain"
		case "email", "emails", "mail":
			return "email"
		case "phone", "telephone", "mobile", "tel":
			return "phone"
		case "region", "state", "province":
			return "region"
		case "country":
			return "country"
		}
	}
	return KindText
}

func (s *Spec) kind() string {
	if s.Kind != "" {
		return s.Kind
	}
	return KindOf(s.Key)
}

// like names the field of a lead that keys of the table are probably compared with.
func (s *Spec) like() string {
	switch s.kind() {
	case "domain":
		return "company.domain"
	case "email", "phone":
		return s.kind()
	case "region", "country":
		return "company." + s.kind()
	}
	switch strings.ToLower(s.Key) {
	case "name", "company", "account":
		return "company.name"
	case "city", "industry", "segment":
		return "company." + strings.ToLower(s.Key)
	case "vendor", "tenant", "title":
		return strings.ToLower(s.Key)
	}
	return ""
}

// clean returns how keys are cleaned, and whether a text is of the kind.
func (s *Spec) clean() func(string) (string, bool) {
	known := s.Cleaners[s.kind()]
	if s.kind() == KindText || known == nil {
		return func(text string) (string, bool) { return rules.FoldKey(text), true }
	}
	return func(text string) (string, bool) {
		if key, ok := known(text); ok {
			return key, true
		}
		return rules.FoldKey(text), false
	}
}

// Stamp tells one state of a file from another without reading it.
type Stamp struct {
	Modified time.Time
	Size     int64
}

// ErrChanging says that a file changed while it was read: it is being written.
var ErrChanging = errors.New("the file is being written")

// Look returns the stamp of a file. The error is one line for the person who
// wrote the file's name.
func Look(path string) (Stamp, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Stamp{}, fmt.Errorf("there is no file %s", path)
	case errors.Is(err, fs.ErrPermission):
		return Stamp{}, fmt.Errorf("the file %s may not be read", path)
	case err != nil:
		return Stamp{}, fmt.Errorf("the file %s cannot be read: %w", path, bare(err))
	case info.IsDir():
		return Stamp{}, fmt.Errorf("%s is a folder", path)
	case !info.Mode().IsRegular():
		return Stamp{}, fmt.Errorf("%s is no ordinary file", path)
	case info.Size() > MaxFile:
		return Stamp{}, fmt.Errorf("the file %s is larger than %d MiB", path, MaxFile>>20)
	}
	return Stamp{Modified: info.ModTime(), Size: info.Size()}, nil
}

// bare takes the path out of an error that has it.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// read returns a file's bytes and its stamp.
func read(path string) ([]byte, Stamp, error) {
	before, err := Look(path)
	if err != nil {
		return nil, Stamp{}, err
	}
	f, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return nil, Stamp{}, fmt.Errorf("the file %s may not be read", path)
		}
		return nil, Stamp{}, fmt.Errorf("the file %s cannot be read: %w", path, bare(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, Stamp{}, fmt.Errorf("the file %s cannot be read: %w", path, bare(err))
	}
	after, err := Look(path)
	if err != nil {
		return nil, Stamp{}, err
	}
	if after != before || int64(len(data)) != after.Size {
		return nil, after, ErrChanging
	}
	return data, after, nil
}

// Load reads a table. It returns every problem it finds in the file, in the order
// of its lines; the table is nil if one of them is an error. The error is for a
// file that cannot be read at all, ErrChanging for one that may be a moment later.
// A file older than MaxAge is a warning: who has nothing newer goes on with it.
func Load(s Spec, now time.Time) (*rules.Table, Stamp, []plugin.Problem, error) {
	data, stamp, err := read(s.Path)
	if err != nil {
		return nil, stamp, nil, err
	}
	t, problems := Parse(s, data)
	if old := s.TooOld(stamp, now); old != "" && t != nil {
		problems = append(problems, plugin.Problem{File: s.Path, Severity: plugin.SeverityWarning, Message: old, Suggestion: "see why it is not written any more"})
	}
	return t, stamp, problems, nil
}

// TooOld says that a file is older than MaxAge, "" if it is not.
func (s *Spec) TooOld(at Stamp, now time.Time) string {
	if s.MaxAge <= 0 {
		return ""
	}
	age := now.Sub(at.Modified)
	if age <= s.MaxAge {
		return ""
	}
	return fmt.Sprintf("the file is %s old, and `max_age` is %s", roughly(age), plugin.Duration(s.MaxAge))
}

// roughly writes a long time as people speak of it.
func roughly(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		d = d.Truncate(24 * time.Hour)
	case d >= 2*time.Hour:
		d = d.Truncate(time.Hour)
	case d >= time.Minute:
		d = d.Truncate(time.Minute)
	default:
		d = d.Truncate(time.Second)
	}
	return plugin.Duration(d).String()
}

// version is a short hash of a file's bytes: 8 hexadecimal digits.
func version(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:4])
}
