package lead

import "strings"

// markPrefix begins what a hub writes into the source field of a lead that it
// creates in another system.
const markPrefix = "leadhub:"

// SourceMark returns the text that tells a lead which a hub created in another
// system from one that was found there: "leadhub:" and the id of the lead it was
// created from.
func SourceMark(id string) string { return markPrefix + id }

// MarkedSource returns the id in a text that SourceMark made, and whether it made it.
func MarkedSource(source string) (id string, ok bool) {
	id, ok = strings.CutPrefix(strings.TrimSpace(source), markPrefix)
	hash, isID := strings.CutPrefix(id, "ld_")
	if !ok || !isID || len(hash) != idLength {
		return "", false
	}
	for _, c := range []byte(hash) {
		if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return "", false
		}
	}
	return id, true
}
