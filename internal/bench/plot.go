package bench

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// plot is a small line chart as inline SVG. Its colours are the page's.
type plot struct {
	Title  string
	XTitle string
	YTitle string
	X, Y   scale
	Lines  []line
}

type line struct {
	Name   string
	Series int // its colour
	Points []Point
}

// scale maps values to places and says where the marks are.
type scale struct {
	log   bool
	nines bool // percentiles, each nine as wide as the one before
	max   float64
	min   float64
	ticks []float64
}

const (
	plotWidth, plotHeight   = 560.0, 260.0
	plotLeft, plotRight     = 58.0, 12.0
	plotTop, plotBottom     = 12.0, 40.0
	innerWidth, innerHeight = plotWidth - plotLeft - plotRight, plotHeight - plotTop - plotBottom
	mostPoints              = 400.0
)

// fit sets both scales to hold every point.
func (p *plot) fit() {
	xs, ys := bounds{}, bounds{}
	for _, l := range p.Lines {
		for _, pt := range l.Points {
			xs.take(p.X.place(pt.X), pt.X)
			ys.take(p.Y.place(pt.Y), pt.Y)
		}
	}
	p.X.hold(xs)
	p.Y.hold(ys)
}

type bounds struct {
	some     bool
	min, max float64 // values
}

func (b *bounds) take(place, v float64) {
	if math.IsInf(place, 0) || math.IsNaN(place) {
		return
	}
	if !b.some {
		b.some, b.min, b.max = true, v, v
	}
	b.min, b.max = min(b.min, v), max(b.max, v)
}

// place is where a value lies, in units of the scale's own.
func (s scale) place(v float64) float64 {
	switch {
	case s.nines:
		return -math.Log10(max(1-v/100, 1e-9))
	case s.log:
		return math.Log10(v)
	}
	return v
}

// hold makes room for values from min to max and sets the marks.
func (s *scale) hold(b bounds) {
	s.min, s.max = b.min, b.max
	switch {
	case s.nines:
		s.min = 0
		for _, p := range []float64{0, 90, 99, 99.9, 99.99, 99.999} {
			if p <= s.max {
				s.ticks = append(s.ticks, p)
			}
		}
	case s.log:
		if !b.some {
			s.min, s.max = 1, 10
		}
		low, high := math.Floor(math.Log10(s.min)), math.Ceil(math.Log10(s.max))
		s.min, s.max = math.Pow(10, low), math.Pow(10, max(high, low+1))
		for e := low; e <= max(high, low+1); e++ {
			s.ticks = append(s.ticks, math.Pow(10, e))
		}
	default:
		s.min = 0
		step := niceStep(max(s.max, 1e-9))
		s.max = math.Ceil(max(s.max, 1e-9)/step) * step
		for v := 0.0; v <= s.max+step/2; v += step {
			s.ticks = append(s.ticks, v)
		}
	}
}

// niceStep divides up to v into four to eight steps of 1, 2 or 5.
func niceStep(v float64) float64 {
	step := math.Pow(10, math.Floor(math.Log10(v/4)))
	for _, f := range []float64{1, 2, 5, 10} {
		if v/(step*f) <= 8 {
			return step * f
		}
	}
	return step * 10
}

func (s scale) share(v float64) float64 {
	low, high := s.place(s.min), s.place(s.max)
	if high <= low {
		return 0
	}
	return min(max((s.place(v)-low)/(high-low), 0), 1)
}

func (p *plot) x(v float64) float64 { return plotLeft + p.X.share(v)*innerWidth }
func (p *plot) y(v float64) float64 { return plotTop + (1-p.Y.share(v))*innerHeight }

// SVG draws it.
func (p *plot) SVG() template.HTML {
	p.fit()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, plotWidth, plotHeight, template.HTMLEscapeString(p.Title))
	for _, t := range p.Y.ticks {
		fmt.Fprintf(&b, `<line class="grid" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/>`, plotLeft, plotWidth-plotRight, p.y(t), p.y(t))
		fmt.Fprintf(&b, `<text class="y" x="%g" y="%.1f">%s</text>`, plotLeft-8, p.y(t)+4, tick(t))
	}
	for _, t := range p.X.ticks {
		fmt.Fprintf(&b, `<text class="x" x="%.1f" y="%g">%s</text>`, p.x(t), plotHeight-plotBottom+17, tick(t))
	}
	fmt.Fprintf(&b, `<text class="x title" x="%g" y="%g">%s</text>`, plotLeft+innerWidth/2, plotHeight-5, template.HTMLEscapeString(p.XTitle))
	for _, l := range p.Lines {
		fmt.Fprintf(&b, `<polyline class="s%d" points="`, l.Series)
		stride := max(1, int(math.Ceil(float64(len(l.Points))/mostPoints)))
		for i := 0; i < len(l.Points); i += stride {
			if pt := l.Points[i]; !p.Y.log || pt.Y > 0 {
				fmt.Fprintf(&b, "%.1f,%.1f ", p.x(pt.X), p.y(pt.Y))
			}
		}
		b.WriteString(`"/>`)
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // made of numbers and escaped text
}

// tick writes a mark's value, short.
func tick(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%gM", v/1e6)
	case v >= 10_000:
		return fmt.Sprintf("%gk", v/1e3)
	}
	return fmt.Sprintf("%.6g", v)
}
