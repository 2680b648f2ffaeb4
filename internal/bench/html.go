package bench

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
)

//go:embed report.html
var reportPage string

var reportTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"number": number, "ratio": ratio, "keys": sortedKeys[string], "add": func(a, b int) int { return a + b },
}).Parse(reportPage))

// WriteHTML writes a page that stands by itself: no script, no font, no address
// outside.
func (r *Report) WriteHTML(w io.Writer) error {
	return reportTemplate.Execute(w, struct {
		*Report
		Names []string
		Plots []*plot
	}{r, r.Targets(), r.plots()})
}

// Compared says that the page has a column of ratios.
func (r *Report) Compared() bool { return r.compared() }

// Title is the row's name with its unit.
func (r Row) Title() string { return r.title() }

// At is the row's median for a server.
func (r Row) At(target string) string { return r.at(target) }

// plots are a curve for each time and a line over the run for what was sampled.
func (r *Report) plots() (list []*plot) {
	for _, name := range r.timed() {
		p := &plot{Title: "Time by percentile: " + name, XTitle: "percentile", YTitle: "ms", X: scale{nines: true}, Y: scale{log: true}}
		for _, res := range r.Results {
			if s := res.Times[name]; s != nil {
				p.Lines = append(p.Lines, line{r.lineName(res), r.series(res), s.Curve})
			}
		}
		list = append(list, p)
	}
	for _, over := range []struct {
		title, unit string
		of          func(Sample) float64
	}{
		{"Deliveries a second", "", func(s Sample) float64 { return s.Rate }},
		{quietTitle, "ms", func(s Sample) float64 { return s.P99 }},
		{"Memory of the server", "MiB", func(s Sample) float64 { return s.Memory }},
		{"CPU of the server", "cores", func(s Sample) float64 { return s.CPU }},
		{"Live sessions", "", func(s Sample) float64 { return float64(s.Live) }},
		{"Goroutines of the server", "", func(s Sample) float64 { return float64(s.Goroutines) }},
	} {
		if p := r.overTime(over.title, over.unit, over.of); p != nil {
			list = append(list, p)
		}
	}
	return list
}

// quietTitle is of the plot that has gaps.
const quietTitle = "Delivery p99"

// overTime is nil when there is nothing to see.
func (r *Report) overTime(title, unit string, of func(Sample) float64) *plot {
	p := &plot{Title: title, XTitle: "seconds", YTitle: unit}
	some := false
	for _, res := range r.Results {
		l := line{Name: r.lineName(res), Series: r.series(res)}
		for _, s := range res.Samples {
			if title == quietTitle && s.P99 == 0 {
				continue // nothing arrived
			}
			l.Points = append(l.Points, Point{s.At, of(s)})
			some = some || of(s) != 0
		}
		p.Lines = append(p.Lines, l)
	}
	if !some {
		return nil
	}
	return p
}

func (r *Report) series(res *Result) int { return slices.Index(r.Targets(), res.Target) }

func (r *Report) lineName(res *Result) string {
	return fmt.Sprintf("%s, round %d", res.Target, res.Round+1)
}
