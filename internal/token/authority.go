package token

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"log/slog"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"belfry"
)

// MaxSize is the size of a token in bytes.
const MaxSize = 8 << 10

const leeway = 60 * time.Second

// Options say whose tokens are believed. At least one of Secrets, PublicKeys
// and JWKSURL must be set.
type Options struct {
	Secrets    [][]byte // HS256; at most two, each 32 bytes or more and meant for Belfry alone; the first one signs
	PublicKeys []byte   // PEM: RSA for RS256, P-256 for ES256, Ed25519 for EdDSA
	JWKSURL    string   // https, or http on the loopback
	Issuer     string   // required with PublicKeys and JWKSURL
	Audience   string   // required with PublicKeys and JWKSURL
	UserClaim  string   // "sub"
	Logger     *slog.Logger
	Now        func() time.Time // time.Now
}

// Authority checks user tokens, and issues them where it has a secret. It is
// safe for use from any goroutine.
type Authority struct {
	secrets   [][]byte
	public    []publicKey
	remote    *remoteKeys
	parser    *jwt.Parser
	verified  verified
	issuer    string
	audience  string
	userClaim string
	now       func() time.Time
}

// publicKey is a key and the one algorithm it is for (RFC 8725 section 3.1).
type publicKey struct {
	alg string
	key crypto.PublicKey
}

// New makes an Authority. ctx ends the refreshing of a JWKS. Errors are
// CodeInvalid and name the setting.
func New(ctx context.Context, o Options) (*Authority, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.UserClaim == "" {
		o.UserClaim = "sub"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	a := &Authority{secrets: o.Secrets, issuer: o.Issuer, audience: o.Audience, userClaim: o.UserClaim, now: o.Now}
	var err error
	if len(o.PublicKeys) > 0 {
		if a.public, err = parsePublicKeys(o.PublicKeys); err != nil {
			return nil, err
		}
	}
	if o.JWKSURL != "" {
		if a.remote, err = newRemoteKeys(ctx, o.JWKSURL, o.Logger); err != nil {
			return nil, err
		}
	}
	a.parser = a.newParser()
	return a, nil
}

func (o *Options) check() error {
	if len(o.Secrets) == 0 && len(o.PublicKeys) == 0 && o.JWKSURL == "" {
		return belfry.Invalid("token-secret", "required", "one of token-secret, token-public-key, token-jwks-url")
	}
	if len(o.Secrets) > 2 {
		return belfry.Invalid("token-secret", "out_of_range", "at most two secrets: the one that signs and the one before it")
	}
	for _, s := range o.Secrets {
		if len(s) < 32 {
			return belfry.Invalid("token-secret", "out_of_range", "a secret has 32 bytes or more (RFC 7518 section 3.2); make one with: openssl rand -hex 32")
		}
	}
	if len(o.PublicKeys) > 0 || o.JWKSURL != "" {
		if o.Issuer == "" {
			return belfry.Invalid("token-issuer", "required", "keys of an identity provider need token-issuer")
		}
		if o.Audience == "" {
			return belfry.Invalid("token-audience", "required", "keys of an identity provider need token-audience")
		}
	}
	return nil
}

func (a *Authority) newParser() *jwt.Parser {
	opts := []jwt.ParserOption{
		jwt.WithValidMethods([]string{"HS256", "RS256", "ES256", "EdDSA"}),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway),
		jwt.WithStrictDecoding(), jwt.WithTimeFunc(a.now),
	}
	if a.issuer != "" {
		opts = append(opts, jwt.WithIssuer(a.issuer))
	}
	if a.audience != "" {
		opts = append(opts, jwt.WithAudience(a.audience))
	}
	return jwt.NewParser(opts...)
}

// Verify checks a token and gives its claims. Errors: CodeTokenExpired,
// CodeUnauthorized with what was wrong, CodeUnavailable while the keys of the
// identity provider cannot be had. The claims are shared: nobody may change them.
func (a *Authority) Verify(ctx context.Context, raw string) (*Claims, error) {
	if len(raw) > MaxSize {
		return nil, belfry.Errorf(belfry.CodeUnauthorized, "a token has at most %d bytes; this one has %d", MaxSize, len(raw))
	}
	hash, now := sha256.Sum256([]byte(raw)), a.now()
	if c := a.verified.find(hash, now); c != nil {
		return c, nil
	}
	c, remote, err := a.check(ctx, raw)
	if err != nil {
		return nil, err
	}
	until := c.ExpiresAt.Add(leeway)
	if soon := now.Add(remoteMemory); remote && soon.Before(until) {
		until = soon
	}
	a.verified.remember(hash, c, until)
	return c, nil
}

// check is Verify of a token that was not seen before. remote says that a key of
// the identity provider vouches for it.
func (a *Authority) check(ctx context.Context, raw string) (c *Claims, remote bool, err error) {
	p := &payload{userClaim: a.userClaim}
	t, err := a.parser.ParseWithClaims(raw, p, func(t *jwt.Token) (any, error) { return a.keys(ctx, t) })
	if err != nil {
		return nil, false, refusal(err)
	}
	user := belfry.UserID(p.user)
	if err := user.Validate(); err != nil {
		return nil, false, belfry.Errorf(belfry.CodeUnauthorized, "the token names no user in %q: %s", a.userClaim, err.(*belfry.Error).Detail)
	}
	if err := p.Belfry.Validate(); err != nil {
		return nil, false, belfry.Errorf(belfry.CodeUnauthorized, "the token's claim belfry: %s", err.(*belfry.Error).Detail)
	}
	c = &Claims{User: user, ExpiresAt: p.Expires.Time, Grants: p.Belfry}
	if p.Issued != nil {
		c.Issued = p.Issued.Time
	}
	return c, t.Method.Alg() != "HS256" && len(a.own(t)) == 0, nil
}

// own are the public keys of this server's settings that are for a token's
// algorithm.
func (a *Authority) own(t *jwt.Token) (keys []jwt.VerificationKey) {
	for _, k := range a.public {
		if k.alg == t.Method.Alg() {
			keys = append(keys, k.key)
		}
	}
	return keys
}

// keys chooses what may have signed a token by its algorithm: a public key is
// never taken for a secret, and no key serves two algorithms.
func (a *Authority) keys(ctx context.Context, t *jwt.Token) (any, error) {
	if t.Header["crit"] != nil {
		return nil, belfry.Errorf(belfry.CodeUnauthorized, "the token demands extensions (crit) that this server does not know")
	}
	alg := t.Method.Alg()
	var set jwt.VerificationKeySet
	if alg == "HS256" {
		for _, s := range a.secrets {
			set.Keys = append(set.Keys, s)
		}
	} else if set.Keys = a.own(t); len(set.Keys) == 0 && a.remote != nil {
		return a.remote.keys(ctx, t)
	}
	if len(set.Keys) == 0 {
		return nil, belfry.Errorf(belfry.CodeUnauthorized, "this server takes no tokens signed with %s", alg)
	}
	return set, nil
}

// refusal says what was wrong with a token, without quoting it.
func refusal(err error) *belfry.Error {
	var known *belfry.Error
	out := &belfry.Error{Code: belfry.CodeUnauthorized, Err: err}
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, jwt.ErrTokenExpired):
		out.Code, out.Detail = belfry.CodeTokenExpired, "the token has expired; get a new one"
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		out.Detail = "the token lacks a claim that is required: exp always, iss and aud where the server asks for them"
	case errors.Is(err, jwt.ErrTokenNotValidYet), errors.Is(err, jwt.ErrTokenUsedBeforeIssued):
		out.Detail = "the token is not valid yet; compare the clocks"
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		out.Detail = "the token is meant for another audience (token-audience)"
	case errors.Is(err, jwt.ErrTokenInvalidIssuer):
		out.Detail = "the token is of another issuer (token-issuer)"
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		out.Detail = "the token's signature is not valid: wrong key, wrong algorithm, or the token was changed"
	case errors.Is(err, jwt.ErrTokenUnverifiable):
		out.Detail = "the token is signed in a way this server does not take"
	default:
		out.Detail = "this is no token (a JWT: three parts joined by dots)"
	}
	return out
}

// Issue makes a token for a user that holds for ttl, signed with the first
// secret. CodeUnsupported when there is none.
func (a *Authority) Issue(user belfry.UserID, ttl time.Duration, g Grants) (raw string, expires time.Time, err error) {
	if len(a.secrets) == 0 {
		return "", expires, belfry.Errorf(belfry.CodeUnsupported, "this server issues no tokens: it has no token-secret; ask the identity provider")
	}
	now := a.now().Truncate(time.Millisecond)
	expires = now.Add(ttl)
	p := map[string]any{a.userClaim: string(user), "iat": &numericDate{now}, "exp": &numericDate{expires}}
	if a.issuer != "" {
		p["iss"] = a.issuer
	}
	if a.audience != "" {
		p["aud"] = a.audience
	}
	if !g.Empty() {
		p["belfry"] = g
	}
	raw, err = jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims(p)).SignedString(a.secrets[0])
	if err == nil && len(raw) > MaxSize {
		err = belfry.Invalid("/claims", "too_long", "the token would have %d bytes; at most %d", len(raw), MaxSize)
	}
	return raw, expires, err
}
