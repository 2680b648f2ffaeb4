package bench

import (
	_ "embed"
	"fmt"
	"html/template"
	"math"
	"strings"
)

// plot is a line chart as SVG. Its colours follow the reader's, light or dark, on
// a ground of its own.
type plot struct {
	Name   string // of its file, without the ending
	Title  string
	Source string // the command
	Unit   string // of the y axis
	XTitle string
	X, Y   scale
	Lines  []line
}

type line struct {
	Name   string
	Series int // its colour
	Points []Point
	Dots   []Point // beside the line
	Marked bool    // the points are few: each is shown, with its value
}

// plotStyle is the style of every plot.
//
//go:embed plot.css
var plotStyle string

const (
	plotWidth, plotHeight   = 640.0, 360.0
	plotLeft, plotRight     = 64.0, 36.0
	plotTop, plotBottom     = 76.0, 50.0
	innerWidth, innerHeight = plotWidth - plotLeft - plotRight, plotHeight - plotTop - plotBottom
	mostPoints              = 500
)

// fit sets both scales to hold every point.
func (p *plot) fit() {
	xs, ys := bounds{}, bounds{}
	for _, l := range p.Lines {
		for _, list := range [][]Point{l.Points, l.Dots} {
			for _, pt := range list {
				xs.take(p.X, pt.X)
				ys.take(p.Y, pt.Y)
			}
		}
	}
	p.X.hold(xs)
	p.Y.hold(ys)
}

// x leaves room beside the first and the last of a few points.
func (p *plot) x(v float64) float64 {
	room := 0.0
	if p.X.log {
		room = 24
	}
	return plotLeft + room + p.X.share(v)*(innerWidth-2*room)
}

func (p *plot) y(v float64) float64 { return plotTop + (1-p.Y.share(v))*innerHeight }

// SVG draws it for a page that holds the style.
func (p *plot) SVG() template.HTML {
	p.fit()
	b := &strings.Builder{}
	fmt.Fprintf(b, `<svg class="plot" viewBox="0 0 %g %g" role="img" aria-label="%s">`, plotWidth, plotHeight, template.HTMLEscapeString(p.title()))
	p.draw(b)
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // made of numbers and escaped text
}

// file is the SVG that stands by itself.
func (p *plot) file() string {
	head, rest, _ := strings.Cut(string(p.SVG()), ">")
	return head + ` xmlns="http://www.w3.org/2000/svg">` + "\n<style>\n" + plotStyle + "</style>\n" + rest + "\n"
}

func (p *plot) title() string {
	title := strings.ToUpper(p.Title[:1]) + p.Title[1:]
	if p.Unit != "" {
		title += ", " + p.Unit
	}
	return title
}

func (p *plot) draw(b *strings.Builder) {
	fmt.Fprintf(b, `<rect class="card" x=".5" y=".5" width="%g" height="%g" rx="10"/>`, plotWidth-1, plotHeight-1)
	fmt.Fprintf(b, `<text class="title" x="20" y="32">%s</text>`, template.HTMLEscapeString(p.title()))
	fmt.Fprintf(b, `<text class="end" x="%g" y="32">%s</text>`, plotWidth-20, template.HTMLEscapeString(p.Source))
	p.drawKey(b)
	for _, t := range p.Y.ticks {
		class := "grid"
		if t == 0 {
			class = "axis"
		}
		fmt.Fprintf(b, `<line class="%s" x1="%g" x2="%g" y1="%.1f" y2="%.1f"/>`, class, plotLeft, plotWidth-plotRight, p.y(t), p.y(t))
		fmt.Fprintf(b, `<text class="end" x="%g" y="%.1f">%s</text>`, plotLeft-8, p.y(t)+4, tick(t))
	}
	for _, t := range p.X.ticks {
		fmt.Fprintf(b, `<text class="mid" x="%.1f" y="%g">%s</text>`, p.x(t), plotHeight-plotBottom+19, tick(t))
	}
	fmt.Fprintf(b, `<text class="mid" x="%g" y="%g">%s</text>`, plotLeft+innerWidth/2, plotHeight-13, template.HTMLEscapeString(p.XTitle))
	for _, l := range p.Lines {
		p.drawLine(b, l)
	}
	for _, l := range p.Lines {
		p.drawMarks(b, l)
	}
}

// drawKey names the lines below the title, each colour once.
func (p *plot) drawKey(b *strings.Builder) {
	at, named := 20.0, map[int]bool{}
	for _, l := range p.Lines {
		if named[l.Series] {
			continue
		}
		named[l.Series] = true
		fmt.Fprintf(b, `<polyline class="s%d" points="%g,49 %g,49"/><text x="%g" y="53">%s</text>`, l.Series, at, at+16, at+23, template.HTMLEscapeString(l.Name))
		at += 47 + 6.5*float64(len(l.Name))
	}
}

func (p *plot) drawLine(b *strings.Builder, l line) {
	for _, pt := range l.Dots {
		fmt.Fprintf(b, `<circle class="dot m%d" cx="%.1f" cy="%.1f" r="2"/>`, l.Series, p.x(pt.X), p.y(pt.Y))
	}
	fmt.Fprintf(b, `<polyline class="s%d" points="`, l.Series)
	for _, pt := range extremes(l.Points, mostPoints) {
		if !p.Y.log || pt.Y > 0 {
			fmt.Fprintf(b, "%.1f,%.1f ", p.x(pt.X), p.y(pt.Y))
		}
	}
	b.WriteString(`"/>`)
}

// drawMarks shows each point of a line, and its value where there is room: above
// it or, where another line lies higher, below.
func (p *plot) drawMarks(b *strings.Builder, l line) {
	if !l.Marked {
		return
	}
	for _, pt := range l.Points {
		fmt.Fprintf(b, `<circle class="point m%d" cx="%.1f" cy="%.1f" r="4"/>`, l.Series, p.x(pt.X), p.y(pt.Y))
		at, gap := p.y(pt.Y)-10, p.roomAbove(l, pt)
		if below := at + 27; gap < math.Inf(1) && below < plotHeight-plotBottom {
			at = below
		} else if gap < 40 {
			continue
		}
		fmt.Fprintf(b, `<text class="value" x="%.1f" y="%.1f">%s</text>`, p.x(pt.X), at, number(pt.Y))
	}
}

// roomAbove is how far above a point the next line's lies, infinite without one.
// Of two that meet, the later line's is above.
func (p *plot) roomAbove(l line, pt Point) float64 {
	room := math.Inf(1)
	for _, other := range p.Lines {
		for _, o := range other.Points {
			if other.Series != l.Series && o.X == pt.X && (o.Y > pt.Y || o.Y == pt.Y && other.Series > l.Series) {
				room = min(room, p.y(pt.Y)-p.y(o.Y))
			}
		}
	}
	return room
}

// extremes thins a line to about n points: of each stretch the lowest and the
// highest, so that no peak is lost.
func extremes(list []Point, n int) (out []Point) {
	if len(list) <= n {
		return list
	}
	width := int(math.Ceil(2 * float64(len(list)) / float64(n)))
	for from := 0; from < len(list); from += width {
		low, high := list[from], list[from]
		for _, p := range list[from:min(from+width, len(list))] {
			if p.Y < low.Y {
				low = p
			}
			if p.Y > high.Y {
				high = p
			}
		}
		switch {
		case low.X < high.X:
			out = append(out, low, high)
		case low.X > high.X:
			out = append(out, high, low)
		default:
			out = append(out, low)
		}
	}
	return out
}
