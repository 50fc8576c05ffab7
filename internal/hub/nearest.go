package hub

import "strings"

// Nearest returns the known word that word was probably meant to be: one that
// starts with it, or that a few slips of the finger away; "" if there is none.
func Nearest(word string, known []string) string {
	word = strings.ToLower(word)
	best, bestDistance := "", max(2, len(word)/3)+1
	for _, k := range known {
		d := distance(word, strings.ToLower(k))
		if d >= bestDistance && len(word) > 1 && strings.HasPrefix(strings.ToLower(k), word) {
			d = bestDistance - 1
		}
		if d < bestDistance && d < len([]rune(k)) {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours between a and b.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	var before []int
	previous := make([]int, len(y)+1)
	for j := range previous {
		previous[j] = j
	}
	for i := range x {
		current := make([]int, len(y)+1)
		current[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			d := min(previous[j+1]+1, current[j]+1, previous[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				d = min(d, before[j-1]+1)
			}
			current[j+1] = d
		}
		before, previous = previous, current
	}
	return previous[len(y)]
}
