// Package web holds what the binary shows in a browser. Nothing of it is built
// when Go builds: what is made from packages/ is committed.
package web

import (
	"embed"
	"io/fs"
)

// SDK is the client and the elements in one script, made from packages/ by
// "npm run embed".
//
//go:embed sdk/v1.js
var SDK []byte

//go:embed demo
var files embed.FS

// Demo is the page of belfry dev: plain files, nothing from elsewhere but the
// SDK at ../sdk/v1.js.
func Demo() fs.FS {
	demo, err := fs.Sub(files, "demo")
	if err != nil {
		panic("web: the demo is not embedded: " + err.Error())
	}
	return demo
}
