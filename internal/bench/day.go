package bench

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"time"

	"belfry"
)

// soak publishes to single users at a steady rate, and to everyone every ten
// seconds, and compares the last quarter of the time with the first.
func soak(ctx context.Context, r *run) error {
	if r.o.Rate == 0 {
		return belfry.Invalid("--rate", "out_of_range", "a soak has a steady rate")
	}
	if err := r.gather(ctx, r.o.arrival()); err != nil {
		return err
	}
	return r.steady(ctx, load{do: func(ctx context.Context, p *publisher, i int, due time.Duration) error {
		if i%max(int(r.o.Rate*10), 1) == 0 {
			return r.publish(ctx, p, toAll, everyone, due)
		}
		return r.publish(ctx, p, toUser, audience(rand.IntN(r.o.users())), due)
	}})
}

// mixed is what an application does in a day, in minutes: of a hundred requests,
// 60 are to a user, 22 to a topic, 12 mark an inbox as read, 5 read a page of one,
// and one is to everyone. Meanwhile each second a hundredth of the users leave and
// come back with their cursor.
func mixed(ctx context.Context, r *run) error {
	if r.o.Rate == 0 {
		return belfry.Invalid("--rate", "out_of_range", "a day has a rate")
	}
	if r.o.Topics == 0 {
		return belfry.Invalid("--topics", "out_of_range", "a day has a topic")
	}
	if err := r.follow(ctx); err != nil {
		return err
	}
	if err := r.gather(ctx, r.o.arrival()); err != nil {
		return err
	}
	churning, stop := context.WithCancel(ctx)
	var churn sync.WaitGroup
	churn.Go(func() { r.churn(churning) })
	defer churn.Wait()
	defer stop()
	return r.steady(ctx, load{do: r.act, then: func(ctx context.Context) error {
		stop()
		churn.Wait()
		r.reopen(r.crowd.sessions)
		return r.crowd.awaitLive(ctx, int64(len(r.crowd.sessions)))
	}})
}

// act is one request of a day.
func (r *run) act(ctx context.Context, p *publisher, _ int, due time.Duration) error {
	n := len(r.crowd.sessions)
	var err error
	switch dice := rand.IntN(100); {
	case dice < 60:
		err = r.publish(ctx, p, toUser, audience(rand.IntN(n)), due)
	case dice < 82:
		err = r.publish(ctx, p, toTopic, audience(rand.IntN(r.o.Topics)), due)
	case dice < 94:
		_, err = p.do(ctx, "POST", inboxPath(rand.IntN(n))+"/marks", []byte(`{"action":"read","all":true}`))
	case dice < 99:
		_, err = p.do(ctx, "GET", inboxPath(rand.IntN(n))+"?limit=20", nil)
	default:
		err = r.publish(ctx, p, toAll, everyone, due)
	}
	return err
}

func inboxPath(user int) string { return "/v1/users/" + userName(user) + "/inbox" }

// steady runs a load at the rate for the duration, and says what changed over it.
func (r *run) steady(ctx context.Context, l load) error {
	l.publishers, l.rate, l.duration = r.o.Publishers, r.o.Rate, r.o.Duration
	c, err := r.measured(ctx, "load", l)
	if err != nil {
		return err
	}
	r.per(c, "request", r.count.Load())
	for _, f := range []struct {
		name, unit string
		of         func(Sample) float64
	}{
		{"server memory", "MiB", func(s Sample) float64 { return s.Memory }},
		{"p50", "ms", func(s Sample) float64 { return s.P50 }},
		{"p99", "ms", func(s Sample) float64 { return s.P99 }},
		{"goroutines", "", func(s Sample) float64 { return float64(s.Goroutines) }},
		{"descriptors", "", func(s Sample) float64 { return float64(s.Files) }},
	} {
		quarter := len(r.result.Samples) / 4
		if quarter == 0 || f.of(r.result.Samples[quarter]) == 0 {
			continue // too short, or unknown
		}
		r.figure(f.name+", first quarter", f.unit, medianOf(r.result.Samples[:quarter], f.of))
		r.figure(f.name+", last quarter", f.unit, medianOf(r.result.Samples[len(r.result.Samples)-quarter:], f.of))
	}
	return nil
}

func medianOf(list []Sample, of func(Sample) float64) float64 {
	values := make([]float64, len(list))
	for i, s := range list {
		values[i] = of(s)
	}
	return median(values)
}

// follow makes the user of the n-th session follow topic n mod topics.
func (r *run) follow(ctx context.Context) error {
	if r.crowd.topics == 0 {
		return nil
	}
	p, err := newPublisher(r.target)
	if err != nil {
		return err
	}
	defer p.close()
	for topic := range r.o.Topics {
		for from := topic; from < r.o.Sessions; from += r.o.Topics * belfry.MaxUsers {
			body := []byte(`{"users":[`)
			for u := from; u < min(r.o.Sessions, from+r.o.Topics*belfry.MaxUsers); u += r.o.Topics {
				if u > from {
					body = append(body, ',')
				}
				body = strconv.AppendQuote(body, userName(u*r.crowd.stride))
			}
			if _, err := p.do(ctx, "POST", "/v1/topics/"+topicName(audience(topic))+"/followers", append(body, "]}"...)); err != nil {
				return errors.Join(errors.New("the topics could not be followed"), err)
			}
		}
	}
	return nil
}

// churn lets users leave and come back until ctx ends.
func (r *run) churn(ctx context.Context) {
	c := r.crowd
	for sleep(ctx, time.Second) {
		list := make([]*session, max(len(c.sessions)/100, 1))
		for i := range list {
			list[i] = c.sessions[rand.IntN(len(c.sessions))]
		}
		c.cut(list)
		if sleep(ctx, 200*time.Millisecond) {
			r.reopen(list)
		}
	}
}

func (r *run) reopen(list []*session) {
	for _, s := range list {
		r.crowd.open(s, 0) // nothing, if it is open
	}
}
