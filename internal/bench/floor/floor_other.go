//go:build !linux

package floor

import (
	"context"
	"log/slog"

	"belfry"
)

// Serve listens on an address of the loopback until ctx ends.
func Serve(context.Context, string, *slog.Logger) error {
	return belfry.Errorf(belfry.CodeUnsupported, "the floor is made of epoll, which Linux has; leave out --floor")
}
