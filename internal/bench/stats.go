package bench

import (
	"math"
	"slices"
	"time"
)

// Percentile returns the p-th percentile (0 < p ≤ 100) by the nearest-rank
// method, 0 of nothing. It sorts a copy.
func Percentile(values []time.Duration, p float64) time.Duration {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}

// Summary is one figure over several runs.
type Summary struct {
	Median float64   `json:"median"`
	Min    float64   `json:"min"`
	Max    float64   `json:"max"`
	Runs   []float64 `json:"runs"` // in the order they were made
}

// Summarise returns the summary of values, nil of none.
func Summarise(values []float64) *Summary {
	if len(values) == 0 {
		return nil
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	n := len(sorted)
	median := sorted[n/2]
	if n%2 == 0 {
		median = (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return &Summary{Median: median, Min: sorted[0], Max: sorted[n-1], Runs: values}
}

// Spread is the distance between the slowest and the fastest run, as a part of
// the median: 0.1 is ten per cent.
func (s *Summary) Spread() float64 {
	if s == nil || s.Median == 0 {
		return 0
	}
	return (s.Max - s.Min) / s.Median
}

// ratios divides run by run; runs where either is missing or the divisor is 0 are left out.
func ratios(ours, floor []float64) []float64 {
	var out []float64
	for i := range min(len(ours), len(floor)) {
		if floor[i] > 0 {
			out = append(out, ours[i]/floor[i])
		}
	}
	return out
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
