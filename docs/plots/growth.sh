#!/bin/sh
# How cost grows: every measurement behind "How cost grows" in docs/performance.md,
# some 16 minutes on two cores that do nothing else.
#
#   docs/plots/growth.sh REPORTS PLOTS
#
# writes a report (JSON and a page) of each to the folder REPORTS and the plots
# that the document shows to PLOTS. $BELFRY is the program, $ROUNDS how often each
# is measured. 19,000 connections need as many descriptors on either side, the fill
# with 10,000,000 notifications some 7 GB in $TMPDIR.
set -eu
reports=${1:?where to write the reports} plots=${2:?where to write the plots}
belfry=${BELFRY:-belfry} rounds=${ROUNDS:-3}
mkdir -p "$reports" "$plots"
all=$(mktemp -d)
trap 'rm -rf "$all"' EXIT
ulimit -n "$(ulimit -Hn)"

# measure NAME "PLOT …" SCENARIO FLAG…
measure() {
	name=$1 shown=$2
	shift 2
	echo "belfry bench $*" >&2
	"$belfry" bench "$@" --pin --rounds "$rounds" --json "$reports/$name.json" --html "$reports/$name.html" --plots "$all" >"$reports/$name.txt"
	for plot in $shown; do
		cp "$all/$plot.svg" "$plots/"
	done
}

# With the connections.
sessions=sessions=1000,5000,10000,19000
measure connect-by-sessions \
	"connect-server-cpu-a-connect-by-sessions connect-server-memory-a-connection-by-sessions connect-connect-p99-by-sessions" \
	connect --vary $sessions --settle 5s --floor
measure broadcast-by-sessions \
	"broadcast-server-cpu-a-broadcast-by-sessions broadcast-server-cpu-a-delivery-by-sessions broadcast-delivery-p99-by-sessions" \
	broadcast --vary $sessions --notifications 10 --settle 0s --floor
measure unicast-by-sessions \
	"unicast-server-cpu-a-publish-by-sessions unicast-requests-a-second-by-sessions unicast-publish-p99-by-sessions" \
	unicast --vary $sessions --settle 0s --floor
measure storm-by-sessions \
	"storm-server-cpu-a-resume-by-sessions storm-all-caught-up-after-by-sessions storm-server-memory-at-most-by-sessions" \
	storm --vary $sessions --settle 0s --floor

# With what lies in the inboxes: of one's own, and for everyone.
measure unicast-by-stored \
	"unicast-server-cpu-a-publish-by-stored unicast-publish-p99-by-stored unicast-server-cpu-a-connect-by-stored unicast-connect-p99-by-stored unicast-stored-a-second-before-by-stored" \
	unicast --vary stored=1000,10000,100000,1000000,10000000 --notifications 10000 --settle 0s --server-flag=--retention-items=100000
measure connect-by-stored-shared \
	"connect-server-cpu-a-connect-by-stored-shared connect-connect-p99-by-stored-shared" \
	connect --vary stored-shared=10,100,1000,10000,100000 --stored 1000 --settle 0s

# With the users.
measure unicast-by-users \
	"unicast-server-cpu-a-publish-by-users unicast-publish-p99-by-users unicast-server-cpu-a-connect-by-users unicast-connect-p99-by-users" \
	unicast --vary users=100,1000,10000,100000,1000000 --sessions 100 --stored 1000000 --notifications 10000 --settle 0s --server-flag=--retention-items=100000
measure broadcast-by-users \
	"broadcast-server-cpu-a-broadcast-by-users broadcast-server-cpu-a-delivery-by-users broadcast-delivery-p99-by-users" \
	broadcast --vary users=1000,10000,100000,1000000 --stored 1000000 --notifications 10 --settle 0s
