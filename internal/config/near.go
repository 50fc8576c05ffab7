package config

import (
	"slices"
	"strings"
)

// nearest returns the candidate most like word, "" if none is near enough to be
// what was probably meant.
func nearest(word string, candidates []string) string {
	if word == "" {
		return ""
	}
	best, bestDistance := "", 1<<30
	lower := squash(word)
	for _, c := range candidates {
		d := distance(lower, squash(c))
		if d < bestDistance {
			best, bestDistance = c, d
		}
	}
	allowed := 1
	switch n := len([]rune(lower)); {
	case n >= 8:
		allowed = 3
	case n >= 4:
		allowed = 2
	}
	if bestDistance <= allowed && bestDistance < len([]rune(lower)) {
		return best
	}
	for _, c := range candidates {
		if len(lower) >= 4 && (strings.HasPrefix(squash(c), lower) || strings.HasPrefix(lower, squash(c)) && len(c) >= 4) {
			return c
		}
	}
	return ""
}

// squash makes spellings that differ only in case, dashes and underscores equal.
func squash(s string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(s))
}

// distance is the number of edits between two words: insert, delete, replace or
// swap two neighbours.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	const tooLong = 64
	if len(x) > tooLong || len(y) > tooLong {
		return 1 << 20
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}

// listWords writes `a`, `b` and `c`, and leaves some out if there are very many.
func listWords(words []string) string {
	const limit = 20
	words = slices.Clone(words)
	more := ""
	if len(words) > limit {
		words, more = words[:limit], ", …"
	}
	for i, w := range words {
		words[i] = "`" + w + "`"
	}
	if more == "" && len(words) > 1 {
		last := len(words) - 1
		return strings.Join(words[:last], ", ") + " and " + words[last]
	}
	return strings.Join(words, ", ") + more
}
