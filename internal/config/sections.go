package config

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"leadhub/lead"
)

// The defaults of the server and store sections.
const (
	defaultListen  = ":8080"
	defaultAdmin   = "127.0.0.1:0" // any free port: commands on the same machine find it
	defaultMaxBody = 1 << 20
	minBody        = 1 << 10
	maxBody        = 64 << 20
	defaultStore   = "sqlite://data/leadhub.db"
)

func defaultServer() Server {
	return Server{Listen: defaultListen, Admin: defaultAdmin, MaxBody: defaultMaxBody}
}

// bandWords reads `words`, the scores of leads whose vendor sends only a word.
func (l *loader) bandWords(n *yaml.Node) {
	if n == nil {
		return
	}
	b, ok := l.mapping(n, "`words`")
	if !ok {
		return
	}
	words := []lead.Potential{lead.PotentialHigh, lead.PotentialMedium, lead.PotentialLow}
	b.only(string(words[0]), string(words[1]), string(words[2]))
	for _, w := range words {
		v := b.get(string(w))
		if v == nil {
			continue
		}
		f, ok := l.number(v, "`"+string(w)+"`", true)
		if !ok {
			continue
		}
		if f < 0 || f > 100 {
			l.errorf(v, "write a number from 0 to 100", "the score of `%s` is a number from 0 to 100", w)
			continue
		}
		l.config.Bands.Words[w] = int(f)
	}
}

func (l *loader) timezone(n *yaml.Node) {
	l.config.Timezone = time.UTC
	if n == nil {
		return
	}
	if loc, ok := l.zone(n); ok {
		l.config.Timezone = loc
	}
}

// zone reads a time zone.
func (l *loader) zone(n *yaml.Node) (*time.Location, bool) {
	name, ok := l.text(n, "`timezone`")
	if !ok {
		return nil, false
	}
	if long := zoneOf(strings.ToUpper(strings.TrimSpace(name))); long != "" {
		l.errorf(n, fmt.Sprintf("write %s", long), "%s says nothing about daylight saving time", l.quote(n))
		return nil, false
	}
	loc, err := time.LoadLocation(name)
	if err == nil && name != "Local" && name != "" && loc.String() == name && knownZoneSpelling(name) {
		return loc, true
	}
	suggestion := "write one like America/New_York or Europe/Berlin (region/city)"
	if near := nearest(name, commonZones()); near != "" {
		suggestion = fmt.Sprintf("did you mean %s?", near)
	}
	l.errorf(n, suggestion, "%s is not a time zone", l.quote(n))
	return nil, false
}

// knownZoneSpelling refuses what some file systems accept for a zone's name.
func knownZoneSpelling(name string) bool {
	return name == "UTC" || strings.Contains(name, "/") && name[0] >= 'A' && name[0] <= 'Z'
}

// zoneOf returns the region an abbreviation probably stands for.
func zoneOf(abbreviation string) string {
	switch abbreviation {
	case "EST", "EDT", "ET", "EASTERN", "EST5EDT":
		return "America/New_York"
	case "CST", "CDT", "CT", "CENTRAL", "CST6CDT":
		return "America/Chicago"
	case "MST", "MDT", "MT", "MOUNTAIN", "MST7MDT":
		return "America/Denver"
	case "PST", "PDT", "PT", "PACIFIC", "PST8PDT":
		return "America/Los_Angeles"
	case "GMT", "BST", "WET":
		return "Europe/London"
	case "CET", "CEST", "MET":
		return "Europe/Berlin"
	case "EET", "EEST":
		return "Europe/Helsinki"
	case "IST":
		return "Asia/Kolkata"
	case "JST":
		return "Asia/Tokyo"
	case "AEST", "AEDT":
		return "Australia/Sydney"
	default:
		return ""
	}
}

func commonZones() []string {
	return strings.Fields(`UTC America/New_York America/Chicago America/Denver America/Phoenix America/Los_Angeles America/Anchorage
		America/Toronto America/Vancouver America/Halifax America/Mexico_City America/Bogota America/Lima America/Sao_Paulo
		America/Argentina/Buenos_Aires America/Santiago Pacific/Honolulu Europe/London Europe/Dublin Europe/Lisbon Europe/Madrid
		Europe/Paris Europe/Brussels Europe/Amsterdam Europe/Berlin Europe/Zurich Europe/Vienna Europe/Rome Europe/Prague
		Europe/Warsaw Europe/Budapest Europe/Copenhagen Europe/Oslo Europe/Stockholm Europe/Helsinki Europe/Athens
		Europe/Bucharest Europe/Kyiv Europe/Istanbul Europe/Moscow Africa/Cairo Africa/Johannesburg Africa/Lagos Africa/Nairobi
		Asia/Jerusalem Asia/Dubai Asia/Karachi Asia/Kolkata Asia/Dhaka Asia/Bangkok Asia/Jakarta Asia/Singapore Asia/Manila
		Asia/Hong_Kong Asia/Shanghai Asia/Taipei Asia/Seoul Asia/Tokyo Australia/Perth Australia/Brisbane Australia/Sydney
		Australia/Melbourne Pacific/Auckland`)
}

func (l *loader) server(n *yaml.Node) {
	if n == nil {
		return
	}
	b, ok := l.mapping(n, "`server`")
	if !ok {
		return
	}
	b.only(subkeys()["server"]...)
	s := &l.config.Server
	listenOK := l.address(b.get("listen"), "listen", &s.Listen)
	adminOK := l.address(b.get("admin"), "admin", &s.Admin)
	if listenOK && adminOK && clash(s.Listen, s.Admin) {
		at := b.get("admin")
		if at == nil {
			at = b.get("listen")
		}
		l.errorf(at, "give one of them another port", "`listen` and `admin` are the same address")
	}
	l.maxBody(b.get("max_body"))
	l.publicURL(b.get("public_url"))
	l.trustedProxies(b.get("trusted_proxies"))
}

// clash says whether two addresses cannot be used at once.
func clash(a, b string) bool {
	hostA, portA, _ := net.SplitHostPort(a)
	hostB, portB, _ := net.SplitHostPort(b)
	return portA == portB && portA != "0" && (hostA == hostB || hostA == "" || hostB == "")
}

// address reads a host:port.
func (l *loader) address(n *yaml.Node, key string, into *string) bool {
	if n == nil {
		return true
	}
	text, ok := l.text(n, "`"+key+"`")
	if !ok {
		return false
	}
	host, port, err := net.SplitHostPort(text)
	if err == nil {
		if p, err := strconv.Atoi(port); err == nil && p >= 0 && p <= 65535 && !strings.ContainsAny(host, "/ ") {
			*into = text
			return true
		}
	}
	suggestion := "write host:port, for example \":8080\" or \"127.0.0.1:8081\""
	if p, err := strconv.Atoi(text); err == nil && p > 0 && p <= 65535 {
		suggestion = fmt.Sprintf("write \":%d\"", p)
	}
	l.errorf(n, suggestion, "`%s` is an address and a port, and %s is not", key, l.quote(n))
	return false
}

func (l *loader) maxBody(n *yaml.Node) {
	if n == nil {
		return
	}
	text, ok := l.text(n, "`max_body`")
	if !ok {
		return
	}
	size, ok := parseSize(text)
	switch {
	case !ok:
		l.errorf(n, "for example 1MiB, 512KB or 1048576", "`max_body` is a size, and %s is not", l.quote(n))
	case size < minBody || size > maxBody:
		l.errorf(n, "write a size from 1KiB to 64MiB", "`max_body` is out of range")
	default:
		l.config.Server.MaxBody = int(size)
	}
}

// parseSize reads "1MiB", "512 KB" or a number of bytes.
func parseSize(text string) (float64, bool) {
	s := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(text), " ", ""))
	factor := 1.0
	for _, u := range []struct {
		suffix string
		factor float64
	}{
		{"kib", 1 << 10},
		{"mib", 1 << 20},
		{"gib", 1 << 30},
		{"kb", 1e3},
		{"mb", 1e6},
		{"gb", 1e9},
		{"k", 1 << 10},
		{"m", 1 << 20},
		{"g", 1 << 30},
		{"bytes", 1},
		{"b", 1},
	} {
		if rest, ok := strings.CutSuffix(s, u.suffix); ok {
			s, factor = rest, u.factor
			break
		}
	}
	if s == "" || strings.Trim(s, "0123456789.") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v * factor, err == nil
}

func (l *loader) publicURL(n *yaml.Node) {
	if n == nil {
		return
	}
	text, ok := l.text(n, "`public_url`")
	if !ok {
		return
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		l.errorf(n, "write the address people use, for example \"https://leadhub.example.com\"", "`public_url` is a web address, and this is not")
		return
	}
	l.config.Server.PublicURL = strings.TrimRight(text, "/")
}

func (l *loader) store(n *yaml.Node) {
	set := func(raw string) {
		path := filepath.FromSlash(strings.TrimPrefix(raw, "sqlite://"))
		if !filepath.IsAbs(path) {
			path = filepath.Join(l.dir(), path)
		}
		l.config.Store = Store{URL: raw, Path: path}
	}
	set(defaultStore)
	if n == nil {
		return
	}
	b, ok := l.mapping(n, "`store`")
	if !ok {
		return
	}
	b.only(subkeys()["store"]...)
	at := b.get("url")
	if at == nil {
		return
	}
	l.config.Store = Store{}
	raw, ok := l.text(at, "`url`")
	if !ok {
		return
	}
	if message, suggestion := checkStoreURL(raw); message != "" {
		l.errorf(at, suggestion, "%s", message)
		return
	}
	set(raw)
}

// checkStoreURL says what is wrong with a store's URL. It quotes nothing of it,
// because it may hold a password.
func checkStoreURL(raw string) (message, suggestion string) {
	const example = "write \"sqlite://data/leadhub.db\""
	scheme, rest, found := strings.Cut(raw, "://")
	if !found {
		scheme, rest, _ = strings.Cut(raw, ":")
		if s := strings.ToLower(scheme); s == "sqlite" || s == "sqlite3" || s == "file" {
			return "`url` lacks `//`", "write \"sqlite://" + strings.TrimLeft(rest, "/") + "\""
		}
		if strings.HasSuffix(raw, ".db") || strings.HasSuffix(raw, ".sqlite") {
			return "`url` is a path, not a URL", "write \"sqlite://" + raw + "\""
		}
		return "`url` does not say which store to use", example
	}
	switch scheme {
	case "sqlite":
	case "postgres", "postgresql":
		return "PostgreSQL is not available in this version of leadhub", example
	default:
		if near := nearest(scheme, []string{"sqlite", "postgres"}); near == "sqlite" {
			return fmt.Sprintf("there is no store `%s`", scheme), "write \"sqlite://…\""
		}
		return "leadhub cannot use this kind of store", example
	}
	switch {
	case strings.ContainsAny(rest, "?#"):
		return "the store's `url` takes no options", "remove everything from the ? or # on"
	case rest == "" || strings.HasSuffix(rest, "/"):
		return "`url` names no file", example
	case strings.Contains(rest, ":memory:"):
		return "a store in memory loses everything at a restart", example
	}
	return "", ""
}
