package redis

import (
	"reflect"
	"testing"

	"belfry"
)

// fill sets every field below v to something that is not its zero value.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(t, v.Index(i))
		}
	case reflect.String:
		v.SetString("ünï " + v.Type().Name())
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64:
		v.SetInt(1 << 52)
	case reflect.Uint32:
		v.SetUint(1<<32 - 1)
	case reflect.Uint8:
		v.SetUint('x')
	default:
		t.Fatalf("a field of kind %s: say how it travels", v.Kind())
	}
}

// Whatever a ring or a signal will ever hold must travel.
func TestWire_CarriesEveryField(t *testing.T) {
	var r belfry.Ring
	fill(t, reflect.ValueOf(&r).Elem())
	for _, rings := range [][]belfry.Ring{{r, {User: r.User, Nonce: 1, Rev: 2}, r}, {{User: r.User, Hint: &belfry.Hint{}}}} {
		got, ok := parseRings(appendRings(nil, rings), r.User)
		if !ok || !reflect.DeepEqual(got, rings) {
			t.Errorf("%+v\ncame as %+v, %v", rings, got, ok)
		}
	}
	var s belfry.Signal
	fill(t, reflect.ValueOf(&s).Elem())
	s.To.Users = nil // a signal goes to one user
	if got, ok := parseSignal(appendSignal(nil, &s)); !ok || !reflect.DeepEqual(got, s) {
		t.Errorf("%+v\ncame as %+v, %v", s, got, ok)
	}
}

// Nothing that comes from Redis may do more harm than an empty ring.
func FuzzWire(f *testing.F) {
	var r belfry.Ring
	r.Hint = &belfry.Hint{Item: belfry.Item{ID: "x", Content: []byte("{}")}, Except: []belfry.UserID{"ann"}}
	whole := appendRings(nil, []belfry.Ring{r, r})
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(appendSignal(nil, &belfry.Signal{Name: "x", Data: []byte("1")}))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, b []byte) {
		if rings, ok := parseRings(b, "ann"); ok {
			again, ok := parseRings(appendRings(nil, rings), "ann")
			if !ok || !reflect.DeepEqual(again, rings) {
				t.Errorf("%+v became %+v", rings, again)
			}
		}
		parseSignal(b)
		parseHeader(string(b))
	})
}
