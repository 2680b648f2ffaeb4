// Package web holds what the binary shows in a browser.
package web

import (
	"embed"
	"io/fs"
)

//go:embed demo
var files embed.FS

// Demo is the page of belfry dev: plain files, no build, nothing from elsewhere.
func Demo() fs.FS {
	demo, err := fs.Sub(files, "demo")
	if err != nil {
		panic("web: the demo is not embedded: " + err.Error())
	}
	return demo
}
