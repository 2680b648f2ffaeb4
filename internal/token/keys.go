package token

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/time/rate"

	"belfry"
)

// algorithm is the one algorithm a public key is for; "" for a key we do not take.
func algorithm(key crypto.PublicKey) string {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() >= 2048 {
			return "RS256"
		}
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return "ES256"
		}
	case ed25519.PublicKey:
		return "EdDSA"
	}
	return ""
}

// parsePublicKeys reads PEM blocks PUBLIC KEY, RSA PUBLIC KEY and CERTIFICATE.
func parsePublicKeys(text []byte) ([]publicKey, error) {
	var out []publicKey
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		key, err := parsePublicKey(block)
		if err != nil {
			return nil, &belfry.Error{Code: belfry.CodeInvalid, Detail: "token-public-key: a PEM block " + block.Type + " cannot be read", Err: err}
		}
		alg := algorithm(key)
		if alg == "" {
			return nil, belfry.Invalid("token-public-key", "invalid", "an RSA key has 2048 bits or more, an EC key is P-256, or it is Ed25519")
		}
		out = append(out, publicKey{alg, key})
	}
	if len(out) == 0 {
		return nil, belfry.Invalid("token-public-key", "invalid", "there is no PEM block in it; it begins with -----BEGIN PUBLIC KEY-----")
	}
	return out, nil
}

func parsePublicKey(b *pem.Block) (crypto.PublicKey, error) {
	switch b.Type {
	case "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(b.Bytes)
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(b.Bytes)
	case "CERTIFICATE":
		c, err := x509.ParseCertificate(b.Bytes)
		if err != nil {
			return nil, err
		}
		return c.PublicKey, nil
	}
	return nil, errors.New("give the public key, never the private one")
}

// remoteKeys are the keys of an identity provider, fetched hourly and when a
// token names a key that is not known, the latter at most every
// unknownKeyEvery. The set is replaced as a whole and bounded by maxJWKS.
type remoteKeys struct {
	storage jwkset.Storage
	unknown *rate.Limiter // fetches for a key that is not known
	failing atomic.Bool   // the last fetch failed
}

const (
	unknownKeyEvery = 5 * time.Second
	maxJWKS         = 1 << 20
	jwksTimeout     = 5 * time.Second
)

func newRemoteKeys(ctx context.Context, address string, log *slog.Logger) (*remoteKeys, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return nil, belfry.Invalid("token-jwks-url", "invalid", "an https address (http only on the loopback)")
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	k := &remoteKeys{unknown: rate.NewLimiter(rate.Every(unknownKeyEvery), 1)}
	keys, err := keyfunc.NewDefaultOverrideCtx(ctx, []string{address}, keyfunc.Override{
		Client:            &http.Client{Timeout: jwksTimeout, Transport: k},
		HTTPTimeout:       jwksTimeout,
		RefreshInterval:   time.Hour,
		RefreshUnknownKID: rate.NewLimiter(rate.Inf, 1), // find limits it: here, who comes too soon would be parked
		RateLimitWaitMax:  jwksTimeout,                  // bounds the fetch, too
		RefreshErrorHandlerFunc: func(string) func(context.Context, error) {
			return func(ctx context.Context, err error) {
				log.WarnContext(ctx, "the keys of the identity provider could not be fetched", "url", u.Redacted(), "err", err)
			}
		},
	})
	if err != nil {
		return nil, &belfry.Error{Code: belfry.CodeInvalid, Detail: "token-jwks-url cannot be used", Err: err}
	}
	k.storage = keys.Storage()
	return k, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// RoundTrip implements http.RoundTripper: it bounds the answer and remembers
// whether there was one.
func (k *remoteKeys) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	k.failing.Store(err != nil || res.StatusCode != http.StatusOK)
	if err == nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxJWKS), res.Body}
	}
	return res, err
}

// keys finds the key that a token names, or all of its algorithm when it names
// none.
func (k *remoteKeys) keys(ctx context.Context, t *jwt.Token) (any, error) {
	found, err := k.find(ctx, t)
	switch {
	case err != nil && (k.failing.Load() || !errors.Is(err, jwkset.ErrKeyNotFound)):
		return nil, &belfry.Error{Code: belfry.CodeUnavailable, Detail: "the key that signed this token is not known yet; try again", RetryAfter: unknownKeyEvery, Err: err}
	case err != nil:
		return nil, &belfry.Error{Code: belfry.CodeUnauthorized, Detail: "the identity provider has no such key", Err: err}
	}
	var set jwt.VerificationKeySet
	alg := t.Method.Alg()
	for _, j := range found {
		key, m := j.Key(), j.Marshal()
		if algorithm(key) == alg && (m.ALG == "" || m.ALG.String() == alg) && (m.USE == "" || m.USE == jwkset.UseSig) {
			set.Keys = append(set.Keys, key)
		}
	}
	if len(set.Keys) == 0 {
		return nil, belfry.Errorf(belfry.CodeUnauthorized, "the key is not for the token's algorithm")
	}
	return set, nil
}

func (k *remoteKeys) find(ctx context.Context, t *jwt.Token) ([]jwkset.JWK, error) {
	all, err := k.storage.KeyReadAll(ctx)
	kid, named := t.Header["kid"].(string)
	if !named || err != nil {
		return all, err
	}
	for _, j := range all {
		if j.Marshal().KID == kid {
			return []jwkset.JWK{j}, nil
		}
	}
	if !k.unknown.Allow() {
		return nil, errTooSoon
	}
	key, err := k.storage.KeyRead(ctx, kid) // fetches the set
	return []jwkset.JWK{key}, err
}

var errTooSoon = errors.New("token: the key set was fetched for another unknown key a moment ago")
