package belfrytest

import (
	"embed"
	"fmt"
	"path"
	"strings"
)

//go:embed golden/*.json
var golden embed.FS

// Golden is one frame of each kind by name, as a hub writes them, indented. The
// ids, the cursors' log names and the session are made up; every client must
// read them, and the hub's frames are tested to be these (golden_test.go).
func Golden() map[string][]byte {
	frames := map[string][]byte{}
	files, err := golden.ReadDir("golden")
	for _, f := range files {
		var body []byte
		if body, err = golden.ReadFile(path.Join("golden", f.Name())); err != nil {
			break
		}
		frames[strings.TrimSuffix(f.Name(), ".json")] = body
	}
	if err != nil {
		panic(fmt.Sprintf("belfrytest: the embedded frames cannot be read: %v", err))
	}
	return frames
}
