package main

import (
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"belfry"
)

// value is a setting's place and form.
type value interface {
	Set(string) error
	String() string
	Type() string
}

// form is a value of type T: how it is read, shown and called in the help.
type form[T any] struct {
	to    *T
	parse func(string) (T, error)
	show  func(T) string
	kind  string
}

func (f form[T]) Set(s string) error {
	v, err := f.parse(s)
	if err == nil {
		*f.to = v
	}
	return err
}

func (f form[T]) String() string { return f.show(*f.to) }

func (f form[T]) Type() string { return f.kind }

func text(to *string) value {
	return form[string]{to, func(s string) (string, error) { return s, nil }, func(s string) string { return s }, "string"}
}

func oneOf(to *string, choices ...string) value {
	parse := func(s string) (string, error) {
		for _, c := range choices {
			if s == c {
				return s, nil
			}
		}
		return "", belfry.Errorf(belfry.CodeInvalid, "one of %s", strings.Join(choices, ", "))
	}
	return form[string]{to, parse, func(s string) string { return s }, "string"}
}

// list reads words separated by commas.
func list(to *[]string) value {
	return form[[]string]{to, splitList, func(s []string) string { return strings.Join(s, ",") }, "list"}
}

func splitList(s string) ([]string, error) {
	var words []string
	for w := range strings.SplitSeq(s, ",") {
		if w = strings.TrimSpace(w); w != "" {
			words = append(words, w)
		}
	}
	return words, nil
}

// prefixes reads networks; a single address is a network of one.
func prefixes(to *[]netip.Prefix) value {
	parse := func(s string) (nets []netip.Prefix, err error) {
		words, _ := splitList(s)
		for _, w := range words {
			p, err := netip.ParsePrefix(w)
			if addr, addrErr := netip.ParseAddr(w); addrErr == nil {
				p, err = netip.PrefixFrom(addr, addr.BitLen()), nil
			}
			if err != nil {
				return nil, belfry.Errorf(belfry.CodeInvalid, "%q is no network; write 10.0.0.0/8 or 192.0.2.1", w)
			}
			nets = append(nets, p.Masked())
		}
		return nets, nil
	}
	show := func(nets []netip.Prefix) string {
		words := make([]string, len(nets))
		for i, p := range nets {
			words[i] = p.String()
		}
		return strings.Join(words, ",")
	}
	return form[[]netip.Prefix]{to, parse, show, "list"}
}

func toggle(to *bool) value {
	parse := func(s string) (bool, error) {
		on, err := strconv.ParseBool(s)
		if err != nil {
			return false, belfry.Errorf(belfry.CodeInvalid, "%q is neither true nor false", s)
		}
		return on, nil
	}
	return form[bool]{to, parse, strconv.FormatBool, "bool"}
}

func count(to *int) value {
	parse := func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return 0, belfry.Errorf(belfry.CodeInvalid, "%q is no number of things", s)
		}
		return n, nil
	}
	return form[int]{to, parse, strconv.Itoa, "int"}
}

func rate(to *float64) value {
	parse := func(s string) (float64, error) {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil || !(n >= 0 && n <= 1e9) {
			return 0, belfry.Errorf(belfry.CodeInvalid, "%q is no number a second", s)
		}
		return n, nil
	}
	show := func(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
	return form[float64]{to, parse, show, "rate"}
}

func duration(to *time.Duration) value {
	return form[time.Duration]{to, belfry.ParseDuration, showDuration, "duration"}
}

// showDuration writes 7d, 25s, 1h30m: what ParseDuration reads, without the
// zeros that the standard library adds.
func showDuration(d time.Duration) string {
	if day := 24 * time.Hour; d >= day && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func level(to *slog.Level) value {
	parse := func(s string) (l slog.Level, err error) {
		if err := l.UnmarshalText([]byte(s)); err != nil {
			return l, belfry.Errorf(belfry.CodeInvalid, "one of debug, info, warn, error")
		}
		return l, nil
	}
	return form[slog.Level]{to, parse, func(l slog.Level) string { return strings.ToLower(l.String()) }, "level"}
}
