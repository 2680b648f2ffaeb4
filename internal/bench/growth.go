package bench

import (
	"math"
	"strconv"
)

// growth is a figure, or a percentile of a time, over the values of the option
// that varies.
type growth struct {
	Name   string
	Unit   string
	lines  map[string][]Point // by server: the medians
	rounds map[string][]Point // by server: what they are medians of
}

// GrowthRow is a row of the table by value. The ratio to the floor is one too.
type GrowthRow struct {
	Title  string // "" below the first row of a figure
	Target string
	Cells  []string // one for each value
}

// growths are in the order of the figures, and then of the times.
func (r *Report) growths() (list []*growth) {
	known := map[string]*growth{}
	of := func(name, unit string) *growth {
		if known[name] == nil {
			known[name] = &growth{name, unit, map[string][]Point{}, map[string][]Point{}}
			list = append(list, known[name])
		}
		return known[name]
	}
	for _, at := range r.ByValue {
		for _, row := range at.Summary {
			for target, v := range row.Medians {
				of(row.Name, row.Unit).add(target, Point{at.Value, v})
			}
		}
	}
	for _, at := range r.ByValue {
		for _, t := range at.Times {
			of(t.Name+", p50", "ms").add(t.Target, Point{at.Value, t.P50})
			of(t.Name+", p99", "ms").add(t.Target, Point{at.Value, t.P99})
			of(t.Name+", max", "ms").add(t.Target, Point{at.Value, t.Max})
		}
	}
	for _, res := range r.Results {
		for _, f := range res.Figures {
			of(f.Name, f.Unit).addRound(res, f.Value)
		}
		for name, s := range res.Times {
			of(name+", p50", "ms").addRound(res, s.P50)
			of(name+", p99", "ms").addRound(res, s.P99)
			of(name+", max", "ms").addRound(res, s.Max)
		}
	}
	return list
}

func (g *growth) add(target string, p Point) { g.lines[target] = append(g.lines[target], p) }

func (g *growth) addRound(res *Result, v float64) {
	g.rounds[res.Target] = append(g.rounds[res.Target], Point{res.Value, v})
}

// at is NaN where there is no figure.
func (g *growth) at(target string, value float64) float64 {
	for _, p := range g.lines[target] {
		if p.X == value {
			return p.Y
		}
	}
	return math.NaN()
}

// Growth is the table by value.
func (r *Report) Growth() (rows []GrowthRow) {
	for _, g := range r.growths() {
		title := Row{Name: g.Name, Unit: g.Unit}.title()
		add := func(target string, cell func(value float64) string) {
			row := GrowthRow{Title: title, Target: target}
			for _, at := range r.ByValue {
				row.Cells = append(row.Cells, cell(at.Value))
			}
			rows, title = append(rows, row), ""
		}
		for _, target := range r.Targets() {
			if g.lines[target] != nil {
				add(target, func(value float64) string { return numberOr(g.at(target, value), number) })
			}
		}
		if r.compared() && g.lines[floorName] != nil && len(g.lines) > 1 {
			first := r.Targets()[0]
			add("× floor", func(value float64) string { return numberOr(g.at(first, value)/g.at(floorName, value), ratio) })
		}
	}
	return rows
}

func numberOr(v float64, show func(float64) string) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return ""
	}
	return show(v)
}

// Values are those of the option that varies.
func (r *Report) Values() (list []string) {
	for _, at := range r.ByValue {
		list = append(list, valueOf(at.Value))
	}
	return list
}

func valueOf(v float64) string {
	if v == math.Trunc(v) {
		return thousands(int64(v))
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// growthPlots are one for each figure: its medians as a line, the rounds as dots.
func (r *Report) growthPlots() (list []*plot) {
	for _, g := range r.growths() {
		p := r.newPlot(g.Name, g.Unit, "by "+r.Varied)
		p.XTitle, p.X = r.Varied, scale{log: wide(r.ByValue)}
		for i, target := range r.Targets() {
			if points := g.lines[target]; points != nil {
				p.Lines = append(p.Lines, line{Name: target, Series: i, Points: points, Dots: g.rounds[target], Marked: true})
			}
		}
		list = append(list, p)
	}
	return list
}

// wide says that the values span more than two decades, which a linear axis
// cannot show.
func wide(list []AtValue) bool {
	least, most := list[0].Value, list[len(list)-1].Value
	return least > 0 && most/least > 100
}
