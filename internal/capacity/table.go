package capacity

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Loads are the columns of the table: from what two small machines do to what one
// PostgreSQL cannot.
var Loads = []Load{
	{
		Name: "a company", Users: 5_000, Online: 1_000, Sessions: 2, Nodes: 2, Databases: 1,
		ToUser: 5, ToTopic: 1, ToAll: 0.1, Followers: 200, Marks: 10, Connects: 2,
	},
	{
		Name: "a shop", Users: 500_000, Online: 20_000, Sessions: 2, Nodes: 3, Databases: 1,
		ToUser: 200, ToTopic: 10, ToAll: 0.1, Followers: 1_000, Marks: 100, Connects: 50,
	},
	{
		Name: "a network", Users: 10_000_000, Online: 300_000, Sessions: 2, Nodes: 8, Databases: 1,
		ToUser: 2_000, ToTopic: 200, ToAll: 0.1, Followers: 1_000, Marks: 1_000, Connects: 700,
	},
	{
		Name: "past one PostgreSQL", Users: 100_000_000, Online: 3_000_000, Sessions: 2, Nodes: 64, Databases: 8,
		ToUser: 20_000, ToTopic: 2_000, ToAll: 0.1, Followers: 1_000, Marks: 10_000, Connects: 7_000,
	},
}

// Table is what the loads cost, in Markdown.
func Table(loads []Load) string {
	costs := make([]Cost, len(loads))
	for i, l := range loads {
		costs[i] = Of(l)
	}
	var b strings.Builder
	row := func(name string, cell func(Load, Cost) string) {
		fmt.Fprintf(&b, "| %s |", name)
		for i, l := range loads {
			fmt.Fprintf(&b, " %s |", cell(l, costs[i]))
		}
		b.WriteByte('\n')
	}
	row("in a second of the busiest hour", func(l Load, _ Cost) string { return "**" + l.Name + "**" })
	b.WriteString("|---" + strings.Repeat("|---:", len(loads)) + "|\n")
	row("users; online", func(l Load, _ Cost) string { return whole(l.Users) + "; " + whole(l.Online) })
	row("sessions; nodes; PostgreSQL servers", func(l Load, _ Cost) string {
		return whole(l.Online*l.Sessions) + "; " + whole(l.Nodes) + "; " + whole(l.Databases)
	})
	row("published to a user; to a topic; to all", func(l Load, _ Cost) string {
		return number(l.ToUser) + "; " + number(l.ToTopic) + "; " + number(l.ToAll)
	})
	row("followers of a topic", func(l Load, _ Cost) string { return whole(l.Followers) })
	row("marks; connects", func(l Load, _ Cost) string { return number(l.Marks) + "; " + number(l.Connects) })
	row("**delivered**", func(_ Load, c Cost) string { return number(c.Deliveries) })
	row("Redis: rings in", func(_ Load, c Cost) string { return number(c.Published) })
	row("Redis: rings out", func(_ Load, c Cost) string { return number(c.Carried) })
	row("Redis: bytes out", func(_ Load, c Cost) string { return bytes(c.Bytes) })
	row("each PostgreSQL: rows written", func(_ Load, c Cost) string { return number(c.Rows) })
	row("each PostgreSQL: reads", func(_ Load, c Cost) string { return number(c.Reads) })
	row("each PostgreSQL: heads compared", func(_ Load, c Cost) string { return number(c.Heads) })
	row("each node: sessions", func(_ Load, c Cost) string { return number(c.Node.Sessions) })
	row("each node: rings from Redis", func(_ Load, c Cost) string { return number(c.Node.Payloads) })
	row("each node: reads", func(_ Load, c Cost) string { return number(c.Node.Reads) })
	row("each node: bytes to clients", func(_ Load, c Cost) string { return bytes(c.Node.Bytes) })
	row("a ring lost without a word is made up for within", func(_ Load, c Cost) string { return duration(c.Lost) })
	row("without Redis everything arrives within", func(_ Load, c Cost) string { return duration(c.Away) })
	return b.String()
}

// number rounds to two digits, which is what an estimate has.
func number(v float64) string {
	if v <= 0 {
		return "0"
	}
	unit := math.Pow(10, math.Floor(math.Log10(v))-1)
	v = math.Round(v/unit) * unit
	if v < 10 {
		return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
	}
	return whole(int(math.Round(v)))
}

// whole writes a number with its thousands apart.
func whole(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func bytes(v float64) string {
	for _, unit := range []string{"B", "KB", "MB"} {
		if v < 1000 {
			return number(v) + " " + unit
		}
		v /= 1000
	}
	return number(v) + " GB"
}

func duration(d time.Duration) string {
	return number(d.Seconds()) + " s"
}
