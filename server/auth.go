package server

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"belfry"
	"belfry/internal/token"
)

// CookieName is the cookie that may carry a user token.
const CookieName = "__Host-belfry"

// access says who may use a route.
type access struct {
	scope string // of an API key; "" none
	user  bool   // a user token
	query bool   // also as ?token=
}

var (
	open       = access{}
	userToken  = access{user: true}
	queryToken = access{user: true, query: true}
)

func key(scope string) access { return access{scope: scope} }

// caller is who asks.
type caller struct {
	user   belfry.UserID // whose inbox: the token's user, or the one in the path
	claims *token.Claims // nil: a backend
	key    string        // of a backend: what its limits are counted by
}

// maySubscribe says whether the caller may tie the user to a topic: a backend
// always, a user where the token grants it.
func (c *caller) maySubscribe(t belfry.Topic) bool {
	return c.claims == nil || c.claims.MaySubscribe(t)
}

// admit checks a request's credential against what the route wants.
func (s *Server) admit(a *answer, r *http.Request, want access) (*caller, error) {
	if want == open {
		return &caller{}, nil
	}
	raw, err := s.credential(r, want.query)
	if err == nil && raw == "" {
		err = belfry.Errorf(belfry.CodeUnauthorized, "send the header Authorization: Bearer, and a user token or an API key")
	}
	if err != nil {
		return nil, s.refused(err)
	}
	if want.user {
		return s.admitUser(a, r, raw)
	}
	id, err := s.checkKey(r.Context(), raw, want.scope)
	if err != nil {
		return nil, s.refused(err)
	}
	c := &caller{key: id, user: belfry.UserID(r.PathValue("user"))}
	if c.user == "" {
		return c, nil // the path names none
	}
	if err := c.user.Validate(); err != nil {
		return nil, belfry.Invalid("user", "invalid", "%s", err.(*belfry.Error).Detail)
	}
	return c, nil
}

func (s *Server) admitUser(a *answer, r *http.Request, raw string) (*caller, error) {
	claims, err := s.checkToken(r.Context(), raw)
	if err == nil {
		err = s.checkLogout(r.Context(), claims)
	}
	if err != nil {
		return nil, s.refused(err)
	}
	a.user = claims.User
	if err := s.clients.take(a, string(claims.User), 1, s.Meter); err != nil {
		return nil, err
	}
	return &caller{user: claims.User, claims: claims}, nil
}

// refused counts a refusal.
func (s *Server) refused(err error) error {
	s.Meter.AuthFailed(belfry.ErrorCode(err))
	return err
}

// credential finds what a request identifies itself with: the Authorization
// header, then ?token= for sessions, which a browser opens without headers of
// ours, then the cookie; "" with a nil error when there is none.
func (s *Server) credential(r *http.Request, session bool) (string, error) {
	if h := r.Header["Authorization"]; len(h) > 0 {
		scheme, raw, _ := strings.Cut(h[0], " ")
		if !strings.EqualFold(scheme, "Bearer") || raw == "" || len(h) > 1 {
			return "", belfry.Errorf(belfry.CodeUnauthorized, "send one header: Authorization: Bearer, and a user token or an API key")
		}
		return strings.TrimSpace(raw), nil
	}
	if session {
		if raw := tokenParam(r.URL.RawQuery); raw != "" {
			return raw, nil
		}
	}
	if cookie, err := r.Cookie(CookieName); err == nil && cookie.Value != "" {
		if err := s.checkCookieOrigin(r, session); err != nil {
			return "", err
		}
		return cookie.Value, nil
	}
	return "", nil
}

// tokenParam finds ?token= without parsing the rest of the query.
func tokenParam(query string) string {
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		if v, ok := strings.CutPrefix(pair, "token="); ok {
			if v, err := url.QueryUnescape(v); err == nil {
				return v
			}
		}
	}
	return ""
}

// checkCookieOrigin keeps pages of other origins from using the cookie that the
// browser adds by itself: writes and sessions need an allowed Origin; a read may
// come without one, as a page of the same origin sends it.
func (s *Server) checkCookieOrigin(r *http.Request, session bool) error {
	origin := r.Header.Get("Origin")
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead
	if s.allowed(origin) || origin == "" && safe && !(session && isUpgrade(r)) {
		return nil
	}
	if origin == "" {
		return belfry.Errorf(belfry.CodeOriginRefused, "a request with the cookie needs an Origin header; it must be one of allowed-origins")
	}
	return belfry.Errorf(belfry.CodeOriginRefused, "the origin %.100q may not use the cookie; add it to allowed-origins, or send the token in the Authorization header", origin)
}

// allowed says whether pages of the origin may use the cookie.
func (s *Server) allowed(origin string) bool {
	if origin == "" || len(s.origins) == 0 {
		return false
	}
	origin = strings.ToLower(origin)
	if s.origins[origin] {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && s.origins[u.Scheme+"://"+u.Hostname()+":*"]
}

// checkToken verifies a user token.
func (s *Server) checkToken(ctx context.Context, raw string) (*token.Claims, error) {
	if strings.HasPrefix(raw, token.KeyPrefix) || s.isStaticKey(raw) {
		return nil, belfry.Errorf(belfry.CodeForbidden, "an API key was sent where a user token is wanted; a backend finds inboxes at /v1/users/{user}/inbox and makes tokens at /v1/tokens")
	}
	if s.Tokens == nil {
		return nil, belfry.Errorf(belfry.CodeUnauthorized, "this server believes no user tokens yet; set token-secret, token-public-key or token-jwks-url")
	}
	return s.Tokens.Verify(ctx, raw)
}

// checkLogout refuses tokens issued before their user was logged out
// everywhere. The store is asked at most every ten seconds a user.
func (s *Server) checkLogout(ctx context.Context, c *token.Claims) error {
	from, err := s.logouts.get(c.User, func() (belfry.Time, error) {
		u, err := s.Store.User(ctx, c.User)
		if belfry.ErrorCode(err) == belfry.CodeNotFound {
			return 0, nil
		}
		return u.TokensFrom, err
	})
	if err != nil {
		return err
	}
	if from != 0 && belfry.TimeOf(c.Issued) < from {
		return belfry.Errorf(belfry.CodeLoggedOut, "this token was issued before the user was logged out everywhere; get a new one")
	}
	return nil
}

func (s *Server) isStaticKey(raw string) bool {
	if s.APIKey == "" {
		return false
	}
	sum := sha256.Sum256([]byte(raw))
	return subtle.ConstantTimeCompare(sum[:], s.staticKey[:]) == 1
}

// checkKey checks an API key and its scope; id is what it is known by.
func (s *Server) checkKey(ctx context.Context, raw, scope string) (id string, err error) {
	if s.isStaticKey(raw) {
		if scope == token.ScopeAdmin {
			return "", belfry.Errorf(belfry.CodeForbidden, "the static key has not the scope admin; make a key with: belfry key create --scope admin")
		}
		return "static", nil
	}
	id, hash, ok := token.ParseKey(raw)
	if !ok {
		if strings.Count(raw, ".") == 2 {
			return "", belfry.Errorf(belfry.CodeForbidden, "a user token was sent where an API key is wanted; a user finds the inbox at /v1/inbox")
		}
		return "", belfry.Errorf(belfry.CodeUnauthorized, "this is no API key of this server; make one with: belfry key create")
	}
	k, err := s.keys.get(id, func() (belfry.Key, error) {
		k, err := s.Keyring.Key(ctx, id)
		if belfry.ErrorCode(err) == belfry.CodeNotFound {
			return belfry.Key{}, nil // remembered too: a wrong key asks the store once
		}
		return k, err
	})
	switch {
	case err != nil:
		return "", err
	case subtle.ConstantTimeCompare(k.Hash[:], hash[:]) != 1:
		return "", belfry.Errorf(belfry.CodeUnauthorized, "this is no API key of this server; make one with: belfry key create")
	case k.RevokedAt != 0 && k.RevokedAt <= belfry.TimeOf(time.Now()):
		return "", belfry.Errorf(belfry.CodeUnauthorized, "this API key was revoked; make one with: belfry key create")
	case !slices.Contains(k.Scopes, scope):
		return "", belfry.Errorf(belfry.CodeForbidden, "this API key lacks the scope %s; it has %s", scope, strings.Join(k.Scopes, ", "))
	}
	return id, nil
}
