package server

// stackBytes is about what opening a session needs of a stack, SQLite's frames
// included.
const stackBytes = 11 << 10

// growStack makes the goroutine's stack large enough at once, while it is shallow.
// It would grow by doubling in the depths of the store, and be copied and adjusted
// each time: that is a tenth of a reconnect.
//
//go:noinline
func growStack(n int) byte {
	var room [stackBytes]byte
	return room[n]
}
