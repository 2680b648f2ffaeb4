package server

import (
	"errors"
	"strings"
	"testing"

	"belfry"
)

// What is wrong is said with the field's JSON pointer and in words.
func TestDecodeStrict(t *testing.T) {
	for body, want := range map[string]struct {
		code  belfry.Code
		field string
		says  string
	}{
		`{"to":{"user":"ann"},"title":"x"}`:           {"", "", ""},
		`{"to":{"user":"ann"},"titel":"x"}`:           {belfry.CodeInvalid, "/titel", "no such field"},
		`{"to":{"usr":"ann"}}`:                        {belfry.CodeInvalid, "/to/usr", "no such field"},
		`{"Title":"x"}`:                               {belfry.CodeInvalid, "/Title", "no such field"},
		`{"title":7}`:                                 {belfry.CodeInvalid, "/title", "a string is wanted"},
		`{"to":"ann"}`:                                {belfry.CodeInvalid, "/to", "an object is wanted"},
		`{"to":{"users":"ann"}}`:                      {belfry.CodeInvalid, "/to/users", "an array is wanted"},
		`{"to":{"users":["a",2]}}`:                    {belfry.CodeInvalid, "/to/users/1", "a string is wanted"},
		`{"silent":"yes"}`:                            {belfry.CodeInvalid, "/silent", "true or false is wanted"},
		`{"actions":[{"id":"a","label":"b","to":1}]}`: {belfry.CodeInvalid, "/actions/0/to", "no such field"},
		`{"deliverAt":"tomorrow"}`:                    {belfry.CodeInvalid, "/deliverAt", "RFC 3339"},
		`{"deliverAt":1772366400}`:                    {belfry.CodeInvalid, "/deliverAt", "2026-01-02"},
		`{"title":"a","title":"b"}`:                   {belfry.CodeMalformed, "/title", "twice"},
		`{"data":{"a":1,"a":2}}`:                      {belfry.CodeMalformed, "/data/a", "twice"},
		`{"title":"x"`:                                {belfry.CodeMalformed, "", "too early"},
		`{"title":"x"} {}`:                            {belfry.CodeMalformed, "", "byte 14"},
		`{title:"x"}`:                                 {belfry.CodeMalformed, "", "byte 2"},
		`{"title":"x",}`:                              {belfry.CodeMalformed, "", "byte 12"},
		`{"title":'x'}`:                               {belfry.CodeMalformed, "", "byte 9"},
		`{"title":NaN}`:                               {belfry.CodeMalformed, "", "byte 9"},
		"{\"title\":\"a\nb\"}":                        {belfry.CodeMalformed, "", "byte 11"},
		"{\"title\":\"\xff\"}":                        {belfry.CodeMalformed, "", "UTF-8"},
		`{"title":"\ud800"}`:                          {belfry.CodeMalformed, "", ""},
		`{"title":"a\u0000b"}`:                        {belfry.CodeInvalid, "", "U+0000"},
		`[]`:                                          {belfry.CodeInvalid, "", "an object is wanted"},
		`"x"`:                                         {belfry.CodeInvalid, "", "an object is wanted"},
		strings.Repeat(`{"data":`, 20000):             {belfry.CodeMalformed, "", ""},
		strings.Repeat(`[`, 20000):                    {"", "", ""},
	} {
		if strings.HasPrefix(body, "[[") {
			want.code = belfry.CodeInvalid // an array where an object is wanted, before any depth
		}
		var d belfry.Draft
		err := decodeStrict([]byte(body), &d)
		var e *belfry.Error
		if errors.As(err, &e); belfry.ErrorCode(err) != want.code || err != nil && !strings.Contains(e.Detail, want.says) {
			t.Errorf("%.60s: %v", body, err)
		} else if want.field != "" && (len(e.Fields) != 1 || e.Fields[0].Field != want.field) {
			t.Errorf("%.60s: fields %v", body, e.Fields)
		}
	}
}

// Whatever the body, decoding and validation give a draft that can be encoded
// or one of our errors.
func FuzzJSONIn(f *testing.F) {
	for _, s := range []string{
		`{"to":{"user":"ann"},"title":"x","data":{"a":[1e999]}}`, `{}`, `{"to":[]}`, `[`, `{"title":"\ud800"}`, "\xff",
		`{"type":"mark","action":"read","ids":["x"],"ref":"1"}`, `{"to":"user:ann","name":"typing","data":[1, 2]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		check := func(err error) {
			var e *belfry.Error
			if err != nil && (!errors.As(err, &e) || belfry.Codes[e.Code].Status == 0) {
				t.Errorf("%q: %v", body, err)
			}
		}
		var d belfry.Draft
		err := decodeStrict(body, &d)
		check(err)
		if err == nil {
			d.Content.Normalize()
			if err = d.Validate(1); err == nil {
				d.Content.Encode()
			}
			check(err)
		}
		var e envelope
		check(decodeFrame(body, &e))
		var m belfry.Mark
		if err = decodeStrict(body, &m); err == nil {
			err = m.Validate(1)
		}
		check(err)
		var sig signalBody
		if err = decodeFrame(body, &sig); err == nil {
			_, err = sig.signal()
		}
		check(err)
	})
}
