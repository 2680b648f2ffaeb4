// Package floor is what every figure of belfry bench can be held against: a
// server that holds sockets in one epoll set and writes prebuilt frames to them,
// in one thread. It parses next to nothing, checks nothing and stores nothing. No
// server that pushes over WebSocket or SSE does with less, short of a kernel
// interface that takes many writes in one call.
//
// It speaks just enough of the protocol for the bench: openings of both
// transports, POST /v1/notifications to one user or to all, and the replay of the
// last frames to all for who comes with a cursor.
package floor
