package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"belfry"
	"belfry/internal/bench"
)

// vary is an option of belfry bench and the values that it takes in turn.
type vary struct {
	option string // "": none varies
	values []string
}

// varying reads sessions=1000,5000,10000.
func varying(to *vary) value {
	parse := func(s string) (v vary, err error) {
		option, values, _ := strings.Cut(s, "=")
		v.option = strings.TrimPrefix(strings.TrimSpace(option), "--")
		if v.values, err = splitList(values); err == nil && (v.option == "" || len(v.values) == 0) {
			err = belfry.Invalid("--vary", "invalid", "%q is not an option with values; write sessions=1000,5000,10000", s)
		}
		return v, err
	}
	show := func(v vary) string {
		if v.option == "" {
			return ""
		}
		return v.option + "=" + strings.Join(v.values, ",")
	}
	return form[vary]{to, parse, show, "option=list"}
}

// varies says which flags hold a number.
func varies(f *pflag.Flag) bool {
	return slices.Contains([]string{"int", "float64", "rate"}, f.Value.Type())
}

// steps are the options at each value, as the option's own flag reads it; nil when
// none varies.
func (b *benching) steps(flags *pflag.FlagSet, uses []string) (*bench.Vary, error) {
	if b.vary.option == "" {
		return nil, nil
	}
	refuse := func(code, format string, args ...any) (*bench.Vary, error) {
		return nil, usageError{belfry.Invalid("--vary", code, format, args...)}
	}
	var known []string
	for _, name := range uses {
		if f := flags.Lookup(name); f != nil && varies(f) {
			known = append(known, name)
		}
	}
	if slices.Sort(known); !slices.Contains(known, b.vary.option) {
		return refuse("unknown", "%q is no option of %s that is a number; there are: %s", b.vary.option, b.scenario, strings.Join(known, ", "))
	}
	before, flag := b.Options, flags.Lookup(b.vary.option)
	defer func() { b.Options = before }()
	v := &bench.Vary{Option: b.vary.option}
	for _, text := range b.vary.values {
		if err := flag.Value.Set(text); err != nil {
			return refuse("invalid", "%s: %s", b.vary.option, err)
		}
		if err := b.Check(); err != nil {
			return nil, usageError{err}
		}
		at, err := strconv.ParseFloat(flag.Value.String(), 64)
		if err != nil || slices.ContainsFunc(v.Steps, func(s bench.Step) bool { return s.Value == at }) {
			return refuse("invalid", "%s: %s stands there twice", b.vary.option, text)
		}
		v.Steps = append(v.Steps, bench.Step{Value: at, Options: b.Options})
	}
	return v, nil
}
