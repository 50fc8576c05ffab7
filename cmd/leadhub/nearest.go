package main

import "leadhub/internal/hub"

// didYouMean is `; did you mean "check"?`, or "" where nothing comes near.
func didYouMean(word string, known []string) string {
	if near := hub.Nearest(word, known); near != "" {
		return `; did you mean "` + near + `"?`
	}
	return ""
}
