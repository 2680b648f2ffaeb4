package bench

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
)

// WriteTable writes what people read in a terminal.
func (r *Report) WriteTable(w io.Writer) error {
	head := ""
	if rounds := len(r.Results) / max(len(r.Targets())*max(len(r.ByValue), 1), 1); rounds > 1 {
		head = fmt.Sprintf(", medians of %d rounds", rounds)
	}
	m := r.Machine
	fmt.Fprintf(w, "\n%s%s · %s · %d cores · %s %s · %s · belfry %s\n\n", r.Scenario, head, known(m.CPU, m.Arch), m.Cores, m.OS, m.Kernel, m.Go, r.Version)
	if err := errors.Join(r.writeGrowth(w), r.writeFigures(w), r.writeTimes(w)); err != nil {
		return err
	}
	for _, res := range r.Results {
		fmt.Fprintf(w, "%s: %s\n", r.Which(res), res.Checks)
		for _, e := range res.Errors {
			fmt.Fprintf(w, "  %s\n", strings.TrimSpace(e))
		}
	}
	return nil
}

// Which names a round.
func (r *Report) Which(res *Result) string {
	if r.Varied == "" {
		return fmt.Sprintf("%s, round %d", res.Target, res.Round+1)
	}
	return fmt.Sprintf("%s, %s %s, round %d", res.Target, r.Varied, valueOf(res.Value), res.Round+1)
}

func (r *Report) writeGrowth(w io.Writer) error {
	if r.Varied == "" {
		return nil
	}
	t := newTable(w)
	fmt.Fprintf(t, "%s\t\t%s\t\n", r.Varied, strings.Join(r.Values(), "\t"))
	for _, row := range r.Growth() {
		fmt.Fprintf(t, "%s\t%s\t%s\t\n", row.Title, row.Target, strings.Join(row.Cells, "\t"))
	}
	fmt.Fprintln(t)
	return t.Flush()
}

func newTable(w io.Writer) *tabwriter.Writer {
	return tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
}

func (r *Report) writeFigures(w io.Writer) error {
	if len(r.Summary) == 0 {
		return nil
	}
	t := newTable(w)
	fmt.Fprintf(t, "\t%s\t", strings.Join(r.Targets(), "\t"))
	if r.compared() {
		fmt.Fprint(t, "× floor\t")
	}
	fmt.Fprintln(t)
	for _, row := range r.Summary {
		fmt.Fprintf(t, "%s\t", row.title())
		for _, name := range r.Targets() {
			fmt.Fprintf(t, "%s\t", row.at(name))
		}
		if r.compared() {
			fmt.Fprintf(t, "%s\t", ratio(row.Ratio))
		}
		fmt.Fprintln(t)
	}
	fmt.Fprintln(t)
	return t.Flush()
}

func (r *Report) writeTimes(w io.Writer) error {
	if len(r.Times) == 0 {
		return nil
	}
	t := newTable(w)
	fmt.Fprint(t, "ms\t\tp50\tp90\tp99\tp99.9\tmax\t\n")
	for _, row := range r.Times {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", row.Name, row.Target, number(row.P50), number(row.P90), number(row.P99), number(row.P999), number(row.Max))
	}
	fmt.Fprintln(t)
	return t.Flush()
}

// compared says that there is a floor and something to hold against it.
func (r *Report) compared() bool {
	t := r.Targets()
	return len(t) > 1 && t[len(t)-1] == floorName
}

func known(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (r Row) title() string {
	if r.Unit == "" {
		return r.Name
	}
	return r.Name + ", " + r.Unit
}

func (r Row) at(target string) string {
	v, ok := r.Medians[target]
	if !ok {
		return ""
	}
	return number(v)
}

func ratio(v float64) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// number writes a figure with three or four digits that mean something.
func number(v float64) string {
	switch a := max(v, -v); {
	case a >= 1000:
		return thousands(int64(v + .5))
	case a >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

func thousands(v int64) string {
	s := strconv.FormatInt(v, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// String says what arrived, and names whatever is not zero.
func (c Checks) String() string {
	s := fmt.Sprintf("%s of %s deliveries", thousands(c.Received), thousands(c.Expected))
	if c.Clean() {
		s += ", each once and in order"
	}
	for _, f := range []struct {
		n    int64
		what string
	}{
		{c.Lost, "lost"}, {c.Duplicates, "doubled"}, {c.Disordered, "out of order"}, {c.Misdirected, "to the wrong session"},
		{c.Failed, "publishes failed"}, {c.Cut, "connections cut unasked"}, {c.Refused, "openings refused"}, {c.Resets, "resets"},
	} {
		if f.n != 0 {
			s += fmt.Sprintf(", %s %s", thousands(f.n), f.what)
		}
	}
	return s
}
