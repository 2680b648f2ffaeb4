package token

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/golang-jwt/jwt/v5"

	"belfry"
)

// Claims are what a valid user token says.
type Claims struct {
	User      belfry.UserID
	Issued    time.Time // zero when it does not say
	ExpiresAt time.Time // after the leeway nobody is let in
	Grants
}

// Grants is the claim "belfry": what a token allows beside its user's own
// inbox, and what is known of the user.
type Grants struct {
	Subscribe []belfry.Pattern `json:"subscribe,omitempty"` // topics the user may follow and subscribe
	Publish   []TargetPattern  `json:"publish,omitempty"`   // targets of their notifications and signals
	Name      string           `json:"name,omitempty"`
	AvatarURL string           `json:"avatarUrl,omitempty"`
	Since     belfry.Time      `json:"since,omitzero"` // start of a user never met before
}

// maxGrants bounds each list of a Grants.
const maxGrants = 200

// Validate names the first field that is wrong.
func (g *Grants) Validate() error {
	if len(g.Subscribe) > maxGrants || len(g.Publish) > maxGrants {
		return belfry.Invalid("/claims", "out_of_range", "subscribe and publish have at most %d entries each", maxGrants)
	}
	for i, p := range g.Subscribe {
		if err := p.Validate(); err != nil {
			return belfry.Invalid("/claims/subscribe/"+strconv.Itoa(i), "invalid", "%s", err.(*belfry.Error).Detail)
		}
	}
	for i, p := range g.Publish {
		if err := p.Validate(); err != nil {
			return belfry.Invalid("/claims/publish/"+strconv.Itoa(i), "invalid", "%s", err.(*belfry.Error).Detail)
		}
	}
	if len(g.Name) > belfry.MaxName {
		return belfry.Invalid("/claims/name", "too_long", "at most %d bytes", belfry.MaxName)
	}
	if len(g.AvatarURL) > belfry.MaxURL {
		return belfry.Invalid("/claims/avatarUrl", "too_long", "at most %d bytes", belfry.MaxURL)
	}
	return nil
}

// Empty says that a token with these grants is as good as one without the claim.
func (g *Grants) Empty() bool {
	return len(g.Subscribe) == 0 && len(g.Publish) == 0 && g.Name == "" && g.AvatarURL == "" && g.Since == 0
}

// MaySubscribe says whether the user may follow and subscribe the topic.
func (g *Grants) MaySubscribe(t belfry.Topic) bool {
	for _, p := range g.Subscribe {
		if p.Matches(t) {
			return true
		}
	}
	return false
}

// MayPublish says whether the user may publish and signal to the target.
func (g *Grants) MayPublish(t belfry.Target) bool {
	for _, p := range g.Publish {
		if p.admits(t) {
			return true
		}
	}
	return false
}

// TargetPattern is a target in its one string form with patterns: all,
// topic:doc.*, user:ann, and user:* for any one user.
type TargetPattern string

// Validate says what is wrong with the pattern, or nil.
func (p TargetPattern) Validate() error {
	kind, name, _ := strings.Cut(string(p), ":")
	switch {
	case p == "all":
		return nil
	case kind == "topic":
		return belfry.Pattern(name).Validate()
	case kind == "user":
		return belfry.UserID(name).Validate()
	}
	return belfry.Errorf(belfry.CodeInvalid, "%.80q is no target; write all, topic:orders.* or user:ann", p)
}

func (p TargetPattern) admits(t belfry.Target) bool {
	kind, name, _ := strings.Cut(string(p), ":")
	switch {
	case t.All:
		return p == "all"
	case t.Topic != "":
		return kind == "topic" && belfry.Pattern(name).Matches(t.Topic)
	case t.User != "":
		return kind == "user" && (name == "*" || name == string(t.User))
	}
	return false // several users at once are for backends
}

// payload is the JSON of a token (RFC 7519 section 4), read strictly: names are
// case-sensitive and occur once.
type payload struct {
	Issuer    string           `json:"iss,omitempty"`
	Subject   string           `json:"sub,omitempty"`
	Audience  jwt.ClaimStrings `json:"aud,omitempty"`
	Expires   *numericDate     `json:"exp,omitempty"`
	NotBefore *numericDate     `json:"nbf,omitempty"`
	Issued    *numericDate     `json:"iat,omitempty"`
	Belfry    Grants           `json:"belfry,omitzero"`

	userClaim string
	user      string
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *payload) UnmarshalJSON(b []byte) error {
	type plain payload
	if err := jsonv2.Unmarshal(b, (*plain)(p)); err != nil {
		return err
	}
	if p.user = p.Subject; p.userClaim == "sub" {
		return nil
	}
	var all map[string]json.RawMessage
	if err := jsonv2.Unmarshal(b, &all); err != nil {
		return err
	}
	p.user = ""
	if raw := all[p.userClaim]; raw != nil {
		return json.Unmarshal(raw, &p.user)
	}
	return nil
}

// The methods of jwt.Claims.

func (p *payload) GetExpirationTime() (*jwt.NumericDate, error) { return p.Expires.jwt(), nil }
func (p *payload) GetNotBefore() (*jwt.NumericDate, error)      { return p.NotBefore.jwt(), nil }
func (p *payload) GetIssuedAt() (*jwt.NumericDate, error)       { return p.Issued.jwt(), nil }
func (p *payload) GetIssuer() (string, error)                   { return p.Issuer, nil }
func (p *payload) GetSubject() (string, error)                  { return p.Subject, nil }
func (p *payload) GetAudience() (jwt.ClaimStrings, error)       { return p.Audience, nil }

// numericDate is a NumericDate that keeps its milliseconds (the library's own
// rounds to seconds, and a token issued in the second of a logout would be
// refused).
type numericDate struct{ time.Time }

func (d *numericDate) jwt() *jwt.NumericDate {
	if d == nil {
		return nil
	}
	return &jwt.NumericDate{Time: d.Time}
}

const maxSeconds = 253402300799 // the end of the year 9999

// UnmarshalJSON implements json.Unmarshaler.
func (d *numericDate) UnmarshalJSON(b []byte) error {
	if n, err := strconv.ParseInt(string(b), 10, 64); err == nil && n >= 0 && n <= maxSeconds {
		d.Time = time.Unix(n, 0)
		return nil
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > maxSeconds {
		return belfry.Errorf(belfry.CodeUnauthorized, "exp, nbf and iat are numbers of seconds since 1970")
	}
	d.Time = time.UnixMilli(int64(v * 1000))
	return nil
}

// MarshalJSON implements json.Marshaler.
func (d *numericDate) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(d.UnixMilli())/1000, 'f', -1, 64), nil
}
