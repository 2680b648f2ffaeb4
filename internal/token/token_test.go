package token_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"belfry"
	"belfry/internal/token"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const secret = "secret-secret-secret-secret-secret"

func authority(t *testing.T, o token.Options) *token.Authority {
	t.Helper()
	o.Now = func() time.Time { return now }
	a, err := token.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func sign(t *testing.T, m jwt.SigningMethod, key any, claims map[string]any, header ...string) string {
	t.Helper()
	tok := jwt.NewWithClaims(m, jwt.MapClaims(claims))
	for i := 0; i < len(header); i += 2 {
		tok.Header[header[i]] = header[i+1]
	}
	raw, err := tok.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func claims(more ...any) map[string]any {
	c := map[string]any{"sub": "ann", "exp": now.Add(time.Hour).Unix()}
	for i := 0; i < len(more); i += 2 {
		if more[i+1] == nil {
			delete(c, more[i].(string))
		} else {
			c[more[i].(string)] = more[i+1]
		}
	}
	return c
}

func publicPEM(t *testing.T, key crypto.PublicKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

func newRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAuthority_Issue(t *testing.T) {
	a := authority(t, token.Options{Secrets: [][]byte{[]byte(secret)}, Issuer: "me", Audience: "belfry", UserClaim: "uid"})
	grants := token.Grants{Subscribe: []belfry.Pattern{"doc.*"}, Publish: []token.TargetPattern{"user:*"}, Name: "Ann", AvatarURL: "/a.png", Since: 5}
	raw, expires, err := a.Issue("org/7", 90*time.Minute, grants)
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if c.User != "org/7" || !c.ExpiresAt.Equal(expires) || !c.Issued.Equal(now) || c.Name != "Ann" || c.Since != 5 || !c.MaySubscribe("doc.1") {
		t.Errorf("got %+v", c)
	}
}

// What a token must not be.
func TestAuthority_Verify(t *testing.T) {
	rsaKey := newRSA(t)
	a := authority(t, token.Options{Secrets: [][]byte{[]byte(secret), []byte(strings.Repeat("old", 11))}, PublicKeys: publicPEM(t, &rsaKey.PublicKey), Issuer: "idp", Audience: "belfry"})
	full := func(more ...any) map[string]any {
		return claims(append([]any{"iss", "idp", "aud", "belfry"}, more...)...)
	}
	hs := func(c map[string]any, header ...string) string {
		return sign(t, jwt.SigningMethodHS256, []byte(secret), c, header...)
	}
	good := hs(full())
	parts := strings.Split(good, ".")
	for name, c := range map[string]struct {
		raw  string
		want belfry.Code
		says string
	}{
		"good":                   {good, "", ""},
		"second secret":          {sign(t, jwt.SigningMethodHS256, []byte(strings.Repeat("old", 11)), full()), "", ""},
		"rs256":                  {sign(t, jwt.SigningMethodRS256, rsaKey, full()), "", ""},
		"audience in a list":     {hs(full("aud", []string{"x", "belfry"})), "", ""},
		"within the leeway":      {hs(full("exp", now.Add(-59*time.Second).Unix())), "", ""},
		"fractional exp":         {hs(full("exp", float64(now.Unix())+0.5)), "", ""},
		"expired":                {hs(full("exp", now.Add(-61*time.Second).Unix())), belfry.CodeTokenExpired, "expired"},
		"no exp":                 {hs(full("exp", nil)), belfry.CodeUnauthorized, "required"},
		"exp as text":            {hs(full("exp", "tomorrow")), belfry.CodeUnauthorized, "numbers"},
		"exp absurd":             {hs(full("exp", 1e300)), belfry.CodeUnauthorized, "numbers"},
		"not yet":                {hs(full("nbf", now.Add(2*time.Minute).Unix())), belfry.CodeUnauthorized, "not valid yet"},
		"issued in the future":   {hs(full("iat", now.Add(2*time.Minute).Unix())), belfry.CodeUnauthorized, "not valid yet"},
		"wrong audience":         {hs(full("aud", "other")), belfry.CodeUnauthorized, "another audience"},
		"no audience":            {hs(full("aud", nil)), belfry.CodeUnauthorized, "lacks a claim"},
		"wrong issuer":           {hs(full("iss", "other")), belfry.CodeUnauthorized, "another issuer"},
		"no user":                {hs(full("sub", nil)), belfry.CodeUnauthorized, "names no user"},
		"user is a number":       {hs(full("sub", 7)), belfry.CodeUnauthorized, ""},
		"user with control":      {hs(full("sub", "a\nb")), belfry.CodeUnauthorized, "control"},
		"wrong secret":           {sign(t, jwt.SigningMethodHS256, []byte(strings.Repeat("x", 32)), full()), belfry.CodeUnauthorized, "signature"},
		"hs512":                  {sign(t, jwt.SigningMethodHS512, []byte(secret), full()), belfry.CodeUnauthorized, "signature"},
		"alg none":               {sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, full()), belfry.CodeUnauthorized, ""},
		"alg none in capitals":   {base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"NONE"}`)) + "." + parts[1] + ".", belfry.CodeUnauthorized, ""},
		"public key as secret":   {sign(t, jwt.SigningMethodHS256, publicPEM(t, &rsaKey.PublicKey), full()), belfry.CodeUnauthorized, "signature"},
		"rs512":                  {sign(t, jwt.SigningMethodRS512, rsaKey, full()), belfry.CodeUnauthorized, ""},
		"ps256":                  {sign(t, jwt.SigningMethodPS256, rsaKey, full()), belfry.CodeUnauthorized, ""},
		"crit":                   {hs(full(), "crit", "exp"), belfry.CodeUnauthorized, "crit"},
		"no signature":           {parts[0] + "." + parts[1] + ".", belfry.CodeUnauthorized, "signature"},
		"signature changed":      {good[:len(good)-4] + "AAAA", belfry.CodeUnauthorized, "signature"},
		"padding bits":           {good[:len(good)-1] + "B", belfry.CodeUnauthorized, ""},
		"two parts":              {parts[0] + "." + parts[1], belfry.CodeUnauthorized, "no token"},
		"four parts":             {good + ".x", belfry.CodeUnauthorized, "no token"},
		"empty":                  {"", belfry.CodeUnauthorized, "no token"},
		"not base64":             {"?.?.?", belfry.CodeUnauthorized, "no token"},
		"too large":              {hs(full("x", strings.Repeat("a", token.MaxSize))), belfry.CodeUnauthorized, "at most"},
		"bad pattern":            {hs(full("belfry", map[string]any{"subscribe": []string{"a..b"}})), belfry.CodeUnauthorized, "belfry"},
		"bad target":             {hs(full("belfry", map[string]any{"publish": []string{"everyone"}})), belfry.CodeUnauthorized, "no target"},
		"claim of another shape": {hs(full("belfry", "all")), belfry.CodeUnauthorized, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := a.Verify(t.Context(), c.raw)
			if got := belfry.ErrorCode(err); got != c.want || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %s saying %q", err, c.want, c.says)
			}
			if err != nil && len(c.raw) > 20 && strings.Contains(err.Error(), c.raw) {
				t.Error("the error quotes the token")
			}
		})
	}
}

// Members of another case or named twice are not what they look like.
func TestAuthority_Verify_StrictNames(t *testing.T) {
	a := authority(t, token.Options{Secrets: [][]byte{[]byte(secret)}})
	for _, body := range []string{
		fmt.Sprintf(`{"SUB":"bob","exp":%d}`, now.Add(time.Hour).Unix()),
		fmt.Sprintf(`{"sub":"ann","sub":"bob","exp":%d}`, now.Add(time.Hour).Unix()),
	} {
		text := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(body))
		sig, err := jwt.SigningMethodHS256.Sign(text, []byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		if c, err := a.Verify(t.Context(), text+"."+base64.RawURLEncoding.EncodeToString(sig)); belfry.ErrorCode(err) != belfry.CodeUnauthorized {
			t.Errorf("%s: got %v, %v", body, c, err)
		}
	}
}

// Each kind of public key verifies its one algorithm.
func TestNew_PublicKeys(t *testing.T) {
	rsaKey := newRSA(t)
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edPublic, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := append(append(publicPEM(t, &rsaKey.PublicKey), publicPEM(t, &ecKey.PublicKey)...), publicPEM(t, edPublic)...)
	a := authority(t, token.Options{PublicKeys: text, Issuer: "idp", Audience: "belfry"})
	for _, c := range []struct {
		m   jwt.SigningMethod
		key any
	}{{jwt.SigningMethodRS256, rsaKey}, {jwt.SigningMethodES256, ecKey}, {jwt.SigningMethodEdDSA, edKey}} {
		if _, err := a.Verify(t.Context(), sign(t, c.m, c.key, claims("iss", "idp", "aud", "belfry"))); err != nil {
			t.Errorf("%s: %v", c.m.Alg(), err)
		}
	}
	if _, _, err := a.Issue("ann", time.Hour, token.Grants{}); belfry.ErrorCode(err) != belfry.CodeUnsupported {
		t.Errorf("Issue without a secret: %v", err)
	}
}

func TestNew_Refuses(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := publicPEM(t, &newRSA(t).PublicKey)
	for name, o := range map[string]token.Options{
		"nothing":            {},
		"short secret":       {Secrets: [][]byte{[]byte("short")}},
		"three secrets":      {Secrets: [][]byte{[]byte(secret), []byte(secret), []byte(secret)}},
		"no issuer":          {PublicKeys: good, Audience: "x"},
		"no audience":        {PublicKeys: good, Issuer: "x"},
		"no PEM":             {PublicKeys: []byte("hello"), Issuer: "x", Audience: "x"},
		"P-384":              {PublicKeys: publicPEM(t, &p384.PublicKey), Issuer: "x", Audience: "x"},
		"private key":        {PublicKeys: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}), Issuer: "x", Audience: "x"},
		"JWKS without TLS":   {JWKSURL: "http://idp.example/jwks", Issuer: "x", Audience: "x"},
		"JWKS is no address": {JWKSURL: "jwks", Issuer: "x", Audience: "x"},
	} {
		if _, err := token.New(t.Context(), o); belfry.ErrorCode(err) != belfry.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// provider is an identity provider's JWKS endpoint.
type provider struct {
	*httptest.Server
	mu    sync.Mutex
	keys  map[string]*rsa.PrivateKey
	down  bool
	asked int
}

func newProvider(t *testing.T) *provider {
	p := &provider{keys: map[string]*rsa.PrivateKey{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(30 * time.Millisecond) // as far away as providers are
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked++
		if p.down {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		set := map[string]any{}
		list := []any{}
		for kid, k := range p.keys {
			e := base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.E)).Bytes())
			list = append(list, map[string]any{"kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": base64.RawURLEncoding.EncodeToString(k.N.Bytes()), "e": e})
		}
		set["keys"] = list
		_ = json.NewEncoder(w).Encode(set)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// A key that is not known yet is fetched once; a flood of unknown ones is not
// passed on; while the provider is away nobody is sent away for good.
func TestAuthority_Verify_JWKS(t *testing.T) {
	p := newProvider(t)
	first, second := newRSA(t), newRSA(t)
	p.set(func() { p.keys["one"] = first })
	a := authority(t, token.Options{JWKSURL: p.URL, Issuer: "idp", Audience: "belfry"})
	verify := func(key any, m jwt.SigningMethod, kid string) error {
		_, err := a.Verify(t.Context(), sign(t, m, key, claims("iss", "idp", "aud", "belfry"), "kid", kid))
		return err
	}
	if err := verify(first, jwt.SigningMethodRS256, "one"); err != nil {
		t.Fatal(err)
	}
	if err := verify([]byte(secret), jwt.SigningMethodHS256, "one"); belfry.ErrorCode(err) != belfry.CodeUnauthorized {
		t.Errorf("HS256 with a public key's name: %v", err)
	}
	p.set(func() { p.keys["two"] = second })
	if err := verify(second, jwt.SigningMethodRS256, "two"); err != nil {
		t.Errorf("a new key: %v", err)
	}
	for i := range 20 {
		if err := verify(second, jwt.SigningMethodRS256, fmt.Sprint("unknown", i)); belfry.ErrorCode(err) != belfry.CodeUnavailable {
			t.Errorf("unknown key %d: %v", i, err)
		}
	}
	p.set(func() {
		if p.asked > 3 {
			t.Errorf("the provider was asked %d times", p.asked)
		}
	})
}

func TestAuthority_Verify_JWKSAway(t *testing.T) {
	p := newProvider(t)
	p.set(func() { p.down = true })
	a := authority(t, token.Options{JWKSURL: p.URL, Issuer: "idp", Audience: "belfry"})
	_, err := a.Verify(t.Context(), sign(t, jwt.SigningMethodRS256, newRSA(t), claims("iss", "idp", "aud", "belfry"), "kid", "one"))
	if belfry.ErrorCode(err) != belfry.CodeUnavailable {
		t.Errorf("got %v", err)
	}
}

func TestGrants(t *testing.T) {
	g := token.Grants{Subscribe: []belfry.Pattern{"doc.*", "org.**"}, Publish: []token.TargetPattern{"topic:doc.*", "user:*", "all"}}
	for topic, want := range map[belfry.Topic]bool{"doc.1": true, "doc.1.2": false, "org.a.b": true, "org": false, "other": false} {
		if g.MaySubscribe(topic) != want {
			t.Errorf("subscribe %s: want %v", topic, want)
		}
	}
	one := token.Grants{Publish: []token.TargetPattern{"user:ann"}}
	for _, c := range []struct {
		g    token.Grants
		to   belfry.Target
		want bool
	}{
		{g, belfry.Target{Topic: "doc.7"}, true},
		{g, belfry.Target{Topic: "org.7"}, false},
		{g, belfry.Target{User: "bob"}, true},
		{g, belfry.Target{All: true}, true},
		{g, belfry.Target{Users: []belfry.UserID{"a", "b"}}, false},
		{one, belfry.Target{User: "ann"}, true},
		{one, belfry.Target{User: "bob"}, false},
		{one, belfry.Target{All: true}, false},
		{one, belfry.Target{}, false},
	} {
		if c.g.MayPublish(c.to) != c.want {
			t.Errorf("publish to %s: want %v", c.to, c.want)
		}
	}
}

func TestNewKey(t *testing.T) {
	text, k, err := token.NewKey("ci", []string{token.ScopePublish}, now)
	if err != nil {
		t.Fatal(err)
	}
	id, hash, ok := token.ParseKey(text)
	if !ok || id != k.ID || hash != k.Hash || len(id) != 12 || !strings.HasPrefix(text, token.KeyPrefix+id+"_") {
		t.Errorf("%q parses to %q %v", text, id, ok)
	}
	for _, bad := range []string{"", "belfry_sk_", "belfry_sk_short_x", "sk_" + text, token.KeyPrefix + strings.Repeat("a", 200)} {
		if _, _, ok := token.ParseKey(bad); ok {
			t.Errorf("%q is taken for a key", bad)
		}
	}
	if _, _, err := token.NewKey("x", []string{"root"}, now); belfry.ErrorCode(err) != belfry.CodeInvalid {
		t.Errorf("scope root: %v", err)
	}
	if _, _, err := token.NewKey("x", nil, now); belfry.ErrorCode(err) != belfry.CodeInvalid {
		t.Errorf("no scope: %v", err)
	}
}

// Whatever the bytes, Verify answers with claims or an error of ours.
func FuzzJWT(f *testing.F) {
	a, err := token.New(f.Context(), token.Options{Secrets: [][]byte{[]byte(secret)}})
	if err != nil {
		f.Fatal(err)
	}
	good, _, err := a.Issue("ann", time.Hour, token.Grants{Name: "Ann"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, raw string) {
		c, err := a.Verify(t.Context(), raw)
		switch code := belfry.ErrorCode(err); {
		case err == nil && c.User.Validate() != nil:
			t.Errorf("%q is believed to be of %q", raw, c.User)
		case err != nil && code != belfry.CodeUnauthorized && code != belfry.CodeTokenExpired:
			t.Errorf("%q: %v", raw, err)
		}
	})
}
