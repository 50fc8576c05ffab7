package plugin

import (
	"maps"
	"slices"
	"strings"
)

// Guide is what a kind says to somebody who begins with it. `leadhub init` writes
// Example into leadhub.yaml and the Variables into .env, and prints Setup.
type Guide struct {
	// Title is the product's name for people: "Prospektr".
	Title string
	// Example is one entry of `receivers:` or `outputs:` as it would stand there, from
	// its name on: block style, two spaces a level, comments that help, and quotes
	// around every text with $ # { or : in it.
	Example string
	// Variables are all the ${NAME} of Example, in the order in which a person meets them.
	Variables []Variable
	// Setup says what to do outside of the hub, one step each, as whole sentences.
	// What is in braces is filled in: {url} is the receiver's public address, {name}
	// the entry's name, and {NAME} a variable of .env.
	Setup []string
	// Sample is the captured payload of a receiver to try it out with:
	// testdata/<kind>/<sample>.body.json.
	Sample string
	// Target is what a route may write behind the name of such an output: "#leads".
	// "" where nothing can stand there.
	Target string
	// Home: the output takes leads at once, without an account anywhere. Leads for
	// trying out, and those that no other route wants, are sent to such an output.
	Home bool
}

// Variable is one variable of a Guide's Example.
type Variable struct {
	Name string // "PROSPEKTR_SECRET"
	// Doc says in a line what it holds, and where it comes from.
	Doc string
	// Make says how a fresh value is made; MakeNone where only the user can have it.
	Make Make
	// Form is what a value looks like that only the user has: "xoxb-…".
	Form string
}

// Make is a way to make a secret.
type Make string

// The ways to make a secret. Each holds 32 random bytes.
const (
	MakeNone    Make = ""
	MakeToken   Make = "token"   // 43 characters that need no escaping in a URL or a shell
	MakeWebhook Make = "webhook" // whsec_ and base64, as Standard Webhooks wants it
)

// With returns the kind with its guide.
func (k Kind[T]) With(g Guide) Kind[T] {
	k.Guide = g
	return k
}

// Entry is the name under which Example stands: the text before its first colon.
func (g *Guide) Entry() string {
	name, _, _ := strings.Cut(g.Example, ":")
	return strings.TrimSpace(name)
}

// Complete says whether all of the Example's variables can be made: such a block
// works without anything from elsewhere.
func (g *Guide) Complete() bool {
	return !slices.ContainsFunc(g.Variables, func(v Variable) bool { return v.Make == MakeNone })
}

// Steps are the lines of Setup with the braces filled in: what fill holds, and
// the guide's variables by their names.
func (g *Guide) Steps(fill map[string]string) []string {
	all := map[string]string{"name": g.Entry()}
	for _, v := range g.Variables {
		all[v.Name] = v.Name
	}
	maps.Copy(all, fill)
	var pairs []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		pairs = append(pairs, "{"+key+"}", all[key])
	}
	r := strings.NewReplacer(pairs...)
	steps := make([]string, len(g.Setup))
	for i, s := range g.Setup {
		steps[i] = r.Replace(s)
	}
	return steps
}
