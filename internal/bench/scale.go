package bench

import (
	"fmt"
	"math"
)

// scale maps values to places on an axis and says where its marks are.
type scale struct {
	log   bool
	nines bool // percentiles, each nine as wide as the one before
	tight bool // a linear one that ends where the values do, and not at a mark
	max   float64
	min   float64
	ticks []float64
}

// bounds are the least and the most of some values.
type bounds struct {
	some     bool
	min, max float64
}

// take leaves out what has no place on the axis.
func (b *bounds) take(s scale, v float64) {
	if place := s.place(v); math.IsInf(place, 0) || math.IsNaN(place) {
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

// share is where a value lies between the two ends of the axis.
func (s scale) share(v float64) float64 {
	low, high := s.place(s.min), s.place(s.max)
	if high <= low {
		return 0
	}
	return min(max((s.place(v)-low)/(high-low), 0), 1)
}

// hold makes room for values and sets the marks, at round numbers. A linear axis
// begins at 0: otherwise noise looks like growth.
func (s *scale) hold(b bounds) {
	s.min, s.max, s.ticks = b.min, b.max, nil
	switch {
	case s.nines:
		s.min = 0
		for _, p := range []float64{0, 90, 99, 99.9, 99.99, 99.999} {
			if p <= s.max {
				s.ticks = append(s.ticks, p)
			}
		}
	case s.log:
		s.holdDecades(b)
	default:
		s.min = 0
		step := niceStep(max(s.max, 1e-9))
		if !s.tight {
			s.max = math.Ceil(max(s.max, 1e-9)/step-1e-9) * step
		}
		for i := 0.0; i*step <= s.max*(1+1e-9); i++ {
			s.ticks = append(s.ticks, i*step)
		}
	}
}

// holdDecades marks the powers of ten, and 2 and 5 of each where there are few.
func (s *scale) holdDecades(b bounds) {
	if !b.some {
		b.min, b.max = 1, 10
	}
	low := math.Floor(math.Log10(b.min) + 1e-9)
	high := max(math.Ceil(math.Log10(b.max)-1e-9), low+1)
	s.min, s.max = math.Pow(10, low), math.Pow(10, high)
	steps := []float64{1, 2, 5}
	if high-low > 2 {
		steps = steps[:1]
	}
	for e := low; e <= high; e++ {
		for _, f := range steps {
			if v := f * math.Pow(10, e); v <= s.max*(1+1e-9) {
				s.ticks = append(s.ticks, v)
			}
		}
	}
}

// niceStep divides up to v into three to six steps of 1, 2 or 5.
func niceStep(v float64) float64 {
	step := math.Pow(10, math.Floor(math.Log10(v/6)))
	for _, f := range []float64{1, 2, 5, 10} {
		if v/(step*f) <= 6 {
			return step * f
		}
	}
	return step * 10
}

// tick writes a mark's value, short.
func tick(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.6gM", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.6gk", v/1e3)
	}
	return fmt.Sprintf("%.6g", v)
}
