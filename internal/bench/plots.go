package bench

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// WritePlots writes each plot as an SVG file into a folder, which it makes. A
// file's name is the scenario and the figure as the table has it, and by which
// option: connect-server-cpu-a-connect-by-sessions.svg.
func (r *Report) WritePlots(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var errs []error
	for _, p := range r.plots() {
		errs = append(errs, os.WriteFile(filepath.Join(dir, p.Name+".svg"), []byte(p.file()), 0o644))
	}
	return errors.Join(errs...)
}

var notInSlug = regexp.MustCompile(`[^a-z0-9]+`)

func slug(words ...string) string {
	return strings.Trim(notInSlug.ReplaceAllString(strings.ToLower(strings.Join(words, "-")), "-"), "-")
}

// newPlot has a title, and a file's name of it and of what it is by.
func (r *Report) newPlot(title, unit, by string) *plot {
	return &plot{Name: slug(r.Scenario, title, by), Title: title, Unit: unit, Source: "belfry bench " + r.Scenario}
}

// plots are each figure by value where an option varies; otherwise a curve for
// each time, and over the run what was sampled.
func (r *Report) plots() (list []*plot) {
	if r.Varied != "" {
		return r.growthPlots()
	}
	for _, name := range timed(r.Results) {
		p := r.newPlot(name, "ms", "by percentile")
		p.XTitle, p.X, p.Y = "percentile", scale{nines: true}, scale{log: true}
		for _, res := range r.Results {
			if s := res.Times[name]; s != nil {
				p.Lines = append(p.Lines, line{Name: res.Target, Series: r.series(res), Points: s.Curve})
			}
		}
		list = append(list, p)
	}
	for _, w := range watched {
		if p := r.overTime(w); p != nil {
			list = append(list, p)
		}
	}
	return list
}

// sampled is one of the things that a sample holds.
type sampled struct {
	title, unit string
	of          func(Sample) float64
	gaps        bool // 0: nothing arrived, and there is nothing to show
}

var watched = []sampled{
	{"deliveries a second", "", func(s Sample) float64 { return s.Rate }, false},
	{"delivery p50", "ms", func(s Sample) float64 { return s.P50 }, true},
	{"delivery p99", "ms", func(s Sample) float64 { return s.P99 }, true},
	{"server memory", "MiB", func(s Sample) float64 { return s.Memory }, false},
	{"server CPU", "cores", func(s Sample) float64 { return s.CPU }, false},
	{"live sessions", "", func(s Sample) float64 { return float64(s.Live) }, false},
	{"goroutines", "", func(s Sample) float64 { return float64(s.Goroutines) }, false},
	{"descriptors", "", func(s Sample) float64 { return float64(s.Files) }, false},
}

// overTime is nil when there is nothing to see.
func (r *Report) overTime(w sampled) *plot {
	p := r.newPlot(w.title, w.unit, "over time")
	unit, name := r.timeUnit()
	p.XTitle, p.X = name, scale{tight: true}
	some := false
	for _, res := range r.Results {
		l := line{Name: res.Target, Series: r.series(res)}
		for _, s := range res.Samples {
			v := w.of(s)
			if w.gaps && v == 0 {
				continue
			}
			l.Points = append(l.Points, Point{s.At / unit, v})
			some = some || v != 0
		}
		p.Lines = append(p.Lines, l)
	}
	if !some {
		return nil
	}
	return p
}

// timeUnit is in seconds.
func (r *Report) timeUnit() (unit float64, name string) {
	longest := 0.0
	for _, res := range r.Results {
		if n := len(res.Samples); n > 0 {
			longest = max(longest, res.Samples[n-1].At)
		}
	}
	switch {
	case longest > 5*3600:
		return 3600, "hours"
	case longest > 300:
		return 60, "minutes"
	}
	return 1, "seconds"
}

func (r *Report) series(res *Result) int { return slices.Index(r.Targets(), res.Target) }
