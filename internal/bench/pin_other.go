//go:build !linux

package bench

import "belfry"

func onCore(_ int, do func() error) error { return do() }

// Pin keeps this process off one core, and gives that core: the server's.
func Pin() (server int, err error) {
	return -1, belfry.Errorf(belfry.CodeUnsupported, "--pin works on Linux only")
}
