package capacity

import (
	"flag"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the table into docs/cluster.md")

// The document shows what the code computes.
func TestTable_StandsInTheDocs(t *testing.T) {
	const page = "../../docs/cluster.md"
	b, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(b), "\n## Sizing a cluster\n")
	if !found {
		t.Fatal("docs/cluster.md has no section \"Sizing a cluster\"")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	shown := regexp.MustCompile(`(?m)(^\|.*\n)+`).FindString(section)
	want := Table(Loads)
	if shown == want {
		return
	}
	if !*update {
		t.Fatalf("the table differs from what is computed; go test ./internal/capacity -update writes it:\n%s", want)
	}
	if err := os.WriteFile(page, []byte(strings.Replace(string(b), shown, want, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// What is counted is what follows from the odds.
func TestOf_AgreesWithTheOdds(t *testing.T) {
	for _, l := range Loads {
		c := Of(l)
		nodes, sessions := float64(l.Nodes), float64(l.Sessions)
		online := float64(l.Online) / float64(l.Users)
		reached := nodes * (1 - math.Pow(1-1/nodes, sessions)) // nodes with a session of a user who is online
		for _, v := range []struct {
			name      string
			got, want float64
		}{
			{"deliveries", c.Deliveries, sessions * (online*(l.ToUser+l.ToTopic*float64(l.Followers)) + l.ToAll*float64(l.Online))},
			{"published", c.Published, l.ToUser + l.ToTopic + l.ToAll + l.Marks + nodes},
			{"carried", c.Carried, reached*(online*l.ToUser+l.Marks) + nodes*(l.ToTopic+l.ToAll+nodes)},
			{"heads", c.Heads, reached * float64(l.Online) / c.Lost.Seconds() / float64(l.Databases)},
		} {
			if math.Abs(v.got-v.want) > 0.1*v.want {
				t.Errorf("%s: %s is %.1f, expected about %.1f", l.Name, v.name, v.got, v.want)
			}
		}
	}
}

// A broadcast costs PostgreSQL and Redis the same, whoever is there.
func TestOf_BroadcastCostsTheSameWhateverTheAudience(t *testing.T) {
	few := Load{Users: 1_000, Online: 100, Sessions: 1, Nodes: 4, Databases: 1, ToAll: 10}
	many := few
	many.Users, many.Online = 1_000_000, 100_000
	a, b := Of(few), Of(many)
	if a.Rows != b.Rows || a.Published != b.Published || a.Carried != b.Carried {
		t.Errorf("for few %+v, for many %+v", a, b)
	}
	if b.Deliveries != 1000*a.Deliveries {
		t.Errorf("%v deliveries for few, %v for many", a.Deliveries, b.Deliveries)
	}
}

// The paces are those of the code.
func TestPaces_AreTheCodes(t *testing.T) {
	for _, v := range []struct {
		file, text string
		pace       time.Duration
		want       time.Duration
	}{
		{"../../hub/heads.go", "headsTick  = 100 * time.Millisecond", headsTick, 100 * time.Millisecond},
		{"../../hub/heads.go", "headsSoon  = 500 * time.Millisecond", headsDoubt, 500 * time.Millisecond},
		{"../../cmd/belfry/backends.go", "checkWithRedis = 15 * time.Second", headsRound, 15 * time.Second},
	} {
		b, err := os.ReadFile(v.file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), v.text) || v.pace != v.want {
			t.Errorf("%s: expected %q and a pace of %s here", v.file, v.text, v.pace)
		}
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.1: "0.1", 2.345: "2.3", 39.2: "39", 99.6: "100", 12_345: "12,000", 999_600: "1,000,000"} {
		if got := number(v); got != want {
			t.Errorf("%v is written %q, expected %q", v, got, want)
		}
	}
}
