package bench

import (
	"context"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// Progress shows how far a run is. The zero value shows nothing.
type Progress struct {
	out io.Writer
	bar *progressbar.ProgressBar
}

// NewProgress shows bars on a terminal.
func NewProgress(terminal io.Writer) *Progress { return &Progress{out: terminal} }

// step begins a bar of so many steps; a negative number is not known.
func (p *Progress) step(what string, total int64) {
	p.done()
	if p.out == nil {
		return
	}
	p.bar = progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(p.out), progressbar.OptionSetDescription(what), progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionShowCount(), progressbar.OptionShowIts(),
		progressbar.OptionClearOnFinish(), progressbar.OptionSetTheme(progressbar.Theme{Saucer: "█", SaucerPadding: "░"}))
}

// at says how many steps are done.
func (p *Progress) at(n int64) {
	if p.bar != nil {
		_ = p.bar.Set64(min(n, p.bar.GetMax64())) // a terminal that is gone has nobody to tell
	}
}

// watch shows a number until it is stopped.
func (p *Progress) watch(what string, total int64, now func() int64) (stop func()) {
	p.step(what, total)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for sleep(ctx, 100*time.Millisecond) {
			p.at(now())
		}
	}()
	return func() {
		cancel()
		<-ended
		p.done()
	}
}

// done ends the bar.
func (p *Progress) done() {
	if p.bar != nil {
		_ = p.bar.Finish() // as above
		p.bar = nil
	}
}
