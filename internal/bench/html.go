package bench

import (
	_ "embed"
	"html/template"
	"io"
)

//go:embed report.html
var reportPage string

var reportTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"number": number, "ratio": ratio, "keys": sortedKeys[string, string],
}).Parse(reportPage))

// WriteHTML writes a page that stands by itself: no script, no font, no address
// outside.
func (r *Report) WriteHTML(w io.Writer) error {
	return reportTemplate.Execute(w, struct {
		*Report
		Names []string
		Plots []*plot
		Style template.CSS
	}{r, r.Targets(), r.plots(), template.CSS(plotStyle)})
}

// Compared says that the page has a column of ratios.
func (r *Report) Compared() bool { return r.compared() }

// Title is the row's name with its unit.
func (r Row) Title() string { return r.title() }

// At is the row's median for a server.
func (r Row) At(target string) string { return r.at(target) }
