//go:build !linux

package bench

import "belfry"

func processUsage(int) (Usage, error) {
	return Usage{}, belfry.Errorf(belfry.CodeUnsupported, "the CPU and memory of another process are read on Linux only; give the address of its metrics")
}
