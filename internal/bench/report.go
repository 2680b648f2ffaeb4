package bench

import (
	"cmp"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Report is one run of belfry bench: what was done, where, and what came out, for
// each server and round.
type Report struct {
	Scenario string            `json:"scenario"`
	Version  string            `json:"version"` // of belfry
	Started  time.Time         `json:"started"`
	Took     float64           `json:"tookSeconds"`
	Machine  Machine           `json:"machine"`
	Flags    map[string]string `json:"flags"` // of the command, defaults included
	Medians                    // where no option varies
	Varied   string            `json:"varied,omitempty"` // the option whose values differ
	ByValue  []AtValue         `json:"byValue,omitempty"`
	Results  []*Result         `json:"results"`
}

// Medians are what came out, over the rounds.
type Medians struct {
	Summary []Row     `json:"summary,omitempty"`
	Times   []TimeRow `json:"times,omitempty"`
}

// AtValue is what came out at one value of the option that varies.
type AtValue struct {
	Value float64 `json:"value"`
	Medians
}

// Result is one round against one server.
type Result struct {
	Target  string             `json:"target"`
	Value   float64            `json:"value,omitempty"` // of the option that varies
	Round   int                `json:"round"`
	Figures []Figure           `json:"figures"`
	Checks  Checks             `json:"checks"`
	Times   map[string]*Spread `json:"times"` // by what was timed
	Samples []Sample           `json:"samples"`
	Errors  []string           `json:"errors,omitempty"` // the first of each kind
}

// Figure is one number with its unit.
type Figure struct {
	Name  string  `json:"name"`
	Unit  string  `json:"unit"`
	Value float64 `json:"value"`
}

// Row is a figure over all rounds: its median for each server, and how many times
// the floor's it is, where there was one.
type Row struct {
	Name    string             `json:"name"`
	Unit    string             `json:"unit"`
	Medians map[string]float64 `json:"medians"`
	Ratio   float64            `json:"ratio,omitempty"`
}

// TimeRow is the distribution of one time at one server: the medians over the
// rounds of each percentile, in milliseconds.
type TimeRow struct {
	Name   string  `json:"name"`
	Target string  `json:"target"`
	P50    float64 `json:"p50"`
	P90    float64 `json:"p90"`
	P99    float64 `json:"p99"`
	P999   float64 `json:"p99.9"`
	Max    float64 `json:"max"`
}

// Sample is a moment of a run.
type Sample struct {
	At         float64 `json:"at"`         // seconds since the load began
	Rate       float64 `json:"rate"`       // deliveries a second since the last one
	Memory     float64 `json:"memory"`     // MiB of the server
	CPU        float64 `json:"cpu"`        // cores the server used since the last one
	P50        float64 `json:"p50"`        // ms, of what arrived since the last one
	P99        float64 `json:"p99"`        // ms
	Live       int64   `json:"live"`       // sessions
	Goroutines int     `json:"goroutines"` // of the server; 0: unknown
	Files      int     `json:"files"`      // of the server; 0: unknown
}

// Spread is a distribution of times in milliseconds.
type Spread struct {
	Count int64   `json:"count"`
	Mean  float64 `json:"mean"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p99.9"`
	Max   float64 `json:"max"`
	Curve []Point `json:"curve"` // value at a percentile
}

// Point is a place on a curve.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// spreadOf reads a histogram of nanoseconds; nil when it is empty.
func spreadOf(h *hdrhistogram.Histogram) *Spread {
	if h.TotalCount() == 0 {
		return nil
	}
	at := func(p float64) float64 { return ms(h.ValueAtPercentile(p)) }
	s := &Spread{Count: h.TotalCount(), Mean: h.Mean() / 1e6, P50: at(50), P90: at(90), P99: at(99), P999: at(99.9), Max: ms(h.Max())}
	// Ten points for each nine: 0 … 90, 90 … 99, 99 … 99.9 and so on, as far as there are values.
	for left := 100.0; left > 100/float64(s.Count) && left > 1e-5; left /= 10 {
		for i := range 9 {
			p := 100 - left*(1-float64(i)/10)
			s.Curve = append(s.Curve, Point{p, at(p)})
		}
	}
	return s
}

func ms(ns int64) float64 { return float64(ns) / 1e6 }

// floorName is the target that the others are held against.
const floorName = "floor"

// summarize fills in the medians.
func (r *Report) summarize() {
	if r.Varied == "" {
		r.Medians = mediansOf(r.Results)
		return
	}
	byValue := map[float64][]*Result{}
	for _, res := range r.Results {
		byValue[res.Value] = append(byValue[res.Value], res)
	}
	r.ByValue = nil
	for _, v := range sortedKeys(byValue) {
		r.ByValue = append(r.ByValue, AtValue{v, mediansOf(byValue[v])})
	}
}

// mediansOf are those of rounds that were run alike.
func mediansOf(results []*Result) (m Medians) {
	values := map[string]map[string][]float64{}
	for _, res := range results {
		for _, f := range res.Figures {
			if values[f.Name] == nil {
				values[f.Name] = map[string][]float64{}
				m.Summary = append(m.Summary, Row{Name: f.Name, Unit: f.Unit, Medians: map[string]float64{}})
			}
			values[f.Name][res.Target] = append(values[f.Name][res.Target], f.Value)
		}
	}
	for i := range m.Summary {
		row := &m.Summary[i]
		for target, list := range values[row.Name] {
			row.Medians[target] = median(list)
		}
		for target, v := range row.Medians {
			if floor := row.Medians[floorName]; target != floorName && floor > 0 {
				row.Ratio = v / floor
			}
		}
	}
	for _, name := range timed(results) {
		for _, target := range targets(results) {
			if row := timeRow(results, name, target); row != nil {
				m.Times = append(m.Times, *row)
			}
		}
	}
	return m
}

// timed names what was timed.
func timed(results []*Result) []string {
	all := map[string]bool{}
	for _, res := range results {
		for name := range res.Times {
			all[name] = true
		}
	}
	return sortedKeys(all)
}

// timeRow is nil when the server has none.
func timeRow(results []*Result, name, target string) *TimeRow {
	var p50, p90, p99, p999, most []float64
	for _, res := range results {
		if s := res.Times[name]; s != nil && res.Target == target {
			p50, p90, p99, p999, most = append(p50, s.P50), append(p90, s.P90), append(p99, s.P99), append(p999, s.P999), append(most, s.Max)
		}
	}
	if p50 == nil {
		return nil
	}
	return &TimeRow{name, target, median(p50), median(p90), median(p99), median(p999), median(most)}
}

// Targets are the servers of the report, the floor last.
func (r *Report) Targets() []string { return targets(r.Results) }

func targets(results []*Result) (names []string) {
	for _, res := range results {
		if !slices.Contains(names, res.Target) {
			names = append(names, res.Target)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
	return names
}

func rank(target string) int {
	if target == floorName {
		return 1
	}
	return 0
}

// Kept says that every promise was kept in every round.
func (r *Report) Kept() bool {
	return !slices.ContainsFunc(r.Results, func(res *Result) bool { return !res.Checks.Clean() })
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
