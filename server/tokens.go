package server

import (
	"net/http"
	"time"

	"belfry"
	"belfry/internal/token"
)

// How long a token holds.
const (
	defaultTTL = time.Hour
	maxTTL     = 30 * 24 * time.Hour
)

// issueToken is POST /v1/tokens: a token for a user, for backends that have no
// JWT library at hand.
func (s *Server) issueToken(a *answer, r *http.Request, _ *caller) error {
	var body struct {
		User   belfry.UserID `json:"user"`
		TTL    string        `json:"ttl"`
		Claims token.Grants  `json:"claims"`
	}
	if err := decode(a, r, maxBody, &body); err != nil {
		return err
	}
	if err := body.User.Validate(); err != nil {
		return belfry.Invalid("/user", "invalid", "%s", err.(*belfry.Error).Detail)
	}
	ttl := defaultTTL
	if body.TTL != "" {
		d, err := belfry.ParseDuration(body.TTL)
		if err != nil || d < time.Second || d > maxTTL {
			return belfry.Invalid("/ttl", "out_of_range", "a duration from 1s to 30d, such as 1h, is wanted here")
		}
		ttl = d
	}
	if err := body.Claims.Validate(); err != nil {
		return err
	}
	if s.Tokens == nil {
		return belfry.Errorf(belfry.CodeUnsupported, "this server issues no tokens: set token-secret")
	}
	raw, expires, err := s.Tokens.Issue(body.User, ttl, body.Claims)
	if err != nil {
		return err
	}
	b := belfry.AppendJSONString([]byte(`{"token":`), raw)
	b = belfry.TimeOf(expires).AppendJSON(append(b, `,"expiresAt":`...))
	return a.json(http.StatusCreated, append(b, '}'))
}
