// Package inbox is what an inbox is made of, for stores that keep it in tables:
// which stretches of the shared log belong to it, what the watermarks make of
// them, and how its parts become a page. It knows no database.
package inbox

import (
	"math"
	"slices"

	"belfry"
	"belfry/internal/logs"
)

// MaxRev is above every revision.
const MaxRev = belfry.Rev(math.MaxInt64)

// Span is a stretch of one topic's items: born above Lo.
type Span struct {
	Topic belfry.Topic
	Lo    belfry.Rev
}

// Spans are the stretches of the shared log that make up the inbox of a user with
// these follows: the broadcasts first.
func Spans(u *logs.User, l *logs.Shared, follows []belfry.Follow) []Span {
	spans := make([]Span, 0, 1+len(follows))
	spans = append(spans, Span{belfry.TopicAll, max(u.From, l.Trim)})
	for _, f := range follows {
		spans = append(spans, Span{f.Topic, max(f.From, l.Trim)})
	}
	return spans
}

// Contains says whether an item of a topic, born at a revision, is in one of the spans.
func Contains(spans []Span, topic belfry.Topic, born belfry.Rev) bool {
	return slices.ContainsFunc(spans, func(s Span) bool { return s.Topic == topic && born > s.Lo })
}

// OfTopic are the spans of one topic; "" all.
func OfTopic(spans []Span, topic belfry.Topic) []Span {
	if topic == "" {
		return spans
	}
	return slices.DeleteFunc(slices.Clone(spans), func(s Span) bool { return s.Topic != topic })
}

// Empty says whether the spans hold nothing for sure: broadcasts alone, all of
// them too old.
func Empty(spans []Span, l *logs.Shared) bool {
	return len(spans) == 0 || len(spans) == 1 && spans[0].Topic == belfry.TopicAll && l.LastAll <= spans[0].Lo
}

// FollowsAt are the follows whose row a private position has passed.
func FollowsAt(follows []belfry.Follow, p belfry.Rev) (passed []belfry.Follow) {
	for _, f := range follows {
		if f.Rev <= p {
			passed = append(passed, f)
		}
	}
	return passed
}

// Cut sorts changes by revision, keeps the first limit, and says up to where they
// reach: head when none was cut off.
func Cut(changes []belfry.Change, limit int, head belfry.Rev) ([]belfry.Change, belfry.Rev) {
	slices.SortFunc(changes, func(a, b belfry.Change) int { return int(a.Rev - b.Rev) })
	if len(changes) <= limit {
		return changes, head
	}
	changes = changes[:limit]
	return changes, changes[limit-1].Rev
}
