package bench

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// planted is a report of three rounds at each of four values, whose medians are
// known: Belfry's cost is value / 100, the floor's always 5.
func planted() *Report {
	r := &Report{Scenario: "connect", Varied: "stored"}
	for _, v := range []float64{1000, 10_000, 100_000, 1_000_000} {
		for round := range 3 {
			noise := float64(round) - 1
			add := func(target string, cost float64) {
				r.Results = append(r.Results, &Result{
					Target: target, Value: v, Round: round,
					Figures: []Figure{{"server CPU a connect", "µs", cost + noise}},
					Times:   map[string]*Spread{"connect": {P50: 1, P99: cost, Max: 2 * cost}},
				})
			}
			add("belfry", v/100)
			add("floor", 5)
		}
	}
	r.summarize()
	return r
}

func TestReport_Growth(t *testing.T) {
	r := planted()
	want := []GrowthRow{
		{"server CPU a connect, µs", "belfry", []string{"10.0", "100", "1,000", "10,000"}},
		{"", "floor", []string{"5.00", "5.00", "5.00", "5.00"}},
		{"", "× floor", []string{"2.00", "20.00", "200.00", "2000.00"}},
	}
	rows := r.Growth()
	if len(rows) != 4*3 || fmt.Sprint(rows[:3]) != fmt.Sprint(want) {
		t.Errorf("rows = %q", rows)
	}
	if got := r.Values(); !slices.Equal(got, []string{"1,000", "10,000", "100,000", "1,000,000"}) {
		t.Errorf("values = %q", got)
	}
	var table, page bytes.Buffer
	text, err := json.Marshal(r)
	if err = errors.Join(err, r.WriteTable(&table), r.WriteHTML(&page)); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(text, &back); err != nil || len(back.ByValue) != 4 || back.ByValue[2].Summary[0].Medians["belfry"] != 1000 || back.Results[6].Value != 10_000 {
		t.Errorf("JSON = %s, %v", text, err)
	}
	if !regexp.MustCompile(`server CPU a connect, µs\s+belfry\s+10.0\s+100\s+1,000\s+10,000\n`).MatchString(table.String()) ||
		!strings.Contains(table.String(), "belfry, stored 10,000, round 2: ") || !strings.Contains(table.String(), "medians of 3 rounds") {
		t.Errorf("table:\n%s", table.String())
	}
	if !strings.Contains(page.String(), "<td>× floor</td><td>2.00</td><td>20.00</td>") || strings.Count(page.String(), "<svg ") != 4 {
		t.Errorf("page:\n%s", page.String())
	}
}

// A value at which a figure is missing has an empty cell and no point.
func TestReport_Growth_gaps(t *testing.T) {
	r := &Report{Scenario: "unicast", Varied: "users", Results: []*Result{
		{Target: "belfry", Value: 10},
		{Target: "belfry", Value: 20, Times: map[string]*Spread{"delivery": {P50: 3}}},
	}}
	r.summarize()
	if rows := r.Growth(); len(rows) != 3 || rows[0].Title != "delivery, p50, ms" || !slices.Equal(rows[0].Cells, []string{"", "3.00"}) {
		t.Errorf("rows = %q", rows)
	}
	if got := r.growthPlots()[0].Lines[0].Points; len(got) != 1 || got[0] != (Point{20, 3}) {
		t.Errorf("points = %v", got)
	}
}

func TestReport_WritePlots(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "plots")
	if err := planted().WritePlots(dir); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) != 4 {
		t.Fatalf("files = %q, %v", names, err)
	}
	for _, name := range names {
		drawn(t, name)
	}
	cost := drawn(t, filepath.Join(dir, "connect-server-cpu-a-connect-by-stored.svg"))
	// Decades lie equally far apart; the axis of the cost is linear, from 0 to 12,000.
	for i, p := range cost.points[:4] {
		x, y := 88+float64(i)*(540-48)/3, 310-234*math.Pow(10, float64(i+1))/12_000
		if math.Abs(p.X-x) > .06 || math.Abs(p.Y-y) > .06 {
			t.Errorf("point %d lies at %v; want %.1f, %.1f", i, p, x, y)
		}
	}
	if len(cost.points) != 8 || cost.points[4].Y != cost.points[7].Y || cost.dots != 2*4*3 {
		t.Errorf("%d points, %d dots; want one for each value and server, and one for each round", len(cost.points), cost.dots)
	}
	for _, want := range []string{"Server CPU a connect, µs", "stored", "belfry", "floor", "1k", "1M", "12k", "10,000"} {
		if !slices.Contains(cost.text, want) {
			t.Errorf("texts are %q; want %q", cost.text, want)
		}
	}
	if !strings.Contains(cost.style, "prefers-color-scheme: dark") {
		t.Errorf("style = %s", cost.style)
	}
}

// drawing is what a plot's file shows.
type drawing struct {
	points []Point // of the marks
	dots   int
	text   []string
	style  string
}

// drawn reads a plot's file; one that is no XML fails.
func drawn(t *testing.T, name string) (d drawing) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, inside := xml.NewDecoder(f), ""
	for {
		tok, err := in.Token()
		if err == io.EOF {
			return d
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if inside = tok.Name.Local; tok.Name.Space != "http://www.w3.org/2000/svg" {
				t.Fatalf("%s: <%s> is of %q, which no browser draws in an image", name, inside, tok.Name.Space)
			}
			d.take(tok)
		case xml.EndElement:
			inside = ""
		case xml.CharData:
			if inside == "text" {
				d.text = append(d.text, string(tok))
			}
			if inside == "style" {
				d.style += string(tok)
			}
		}
	}
}

func (d *drawing) take(e xml.StartElement) {
	of := map[string]string{}
	for _, a := range e.Attr {
		of[a.Name.Local] = a.Value
	}
	if e.Name.Local != "circle" {
		return
	}
	if strings.HasPrefix(of["class"], "dot ") {
		d.dots++
		return
	}
	x, _ := strconv.ParseFloat(of["cx"], 64)
	y, _ := strconv.ParseFloat(of["cy"], 64)
	d.points = append(d.points, Point{x, y})
}

func TestScale_hold(t *testing.T) {
	for name, tc := range map[string]struct {
		s        scale
		min, max float64
		want     []float64
	}{
		"begins at zero":       {scale{}, 94, 115, []float64{0, 20, 40, 60, 80, 100, 120}},
		"ends at a mark":       {scale{}, 0, 100, []float64{0, 20, 40, 60, 80, 100}},
		"ends with the values": {scale{tight: true}, 0, 25, []float64{0, 5, 10, 15, 20, 25}},
		"nothing":              {scale{}, 0, 0, []float64{0, 2e-10, 4e-10, 6e-10, 8e-10, 1e-9}},
		"decades":              {scale{log: true}, 1000, 1e7, []float64{1e3, 1e4, 1e5, 1e6, 1e7}},
		"few decades":          {scale{log: true}, 15, 70, []float64{10, 20, 50, 100}},
		"nines":                {scale{nines: true}, 0, 99.95, []float64{0, 90, 99, 99.9}},
	} {
		t.Run(name, func(t *testing.T) {
			tc.s.hold(bounds{true, tc.min, tc.max})
			same := slices.EqualFunc(tc.s.ticks, tc.want, func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*b })
			if !same || tc.s.max < tc.max || tc.s.min > tc.min {
				t.Errorf("marks %v from %v to %v; want %v", tc.s.ticks, tc.s.min, tc.s.max, tc.want)
			}
		})
	}
}

func TestExtremes(t *testing.T) {
	list := make([]Point, 3600)
	for i := range list {
		list[i] = Point{float64(i), 5}
	}
	list[1777].Y, list[3001].Y = 90, 1
	out := extremes(list, 500)
	if len(out) > 510 || !slices.Contains(out, Point{1777, 90}) || !slices.Contains(out, Point{3001, 1}) {
		t.Errorf("%d points; want some 500 with both peaks", len(out))
	}
	if !slices.IsSortedFunc(out, func(a, b Point) int { return int(a.X - b.X) }) {
		t.Error("a thinned line goes back in time")
	}
	if got := extremes(list[:500], 500); len(got) != 500 {
		t.Errorf("%d of 500 points are left", len(got))
	}
}
