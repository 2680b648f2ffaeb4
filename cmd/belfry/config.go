package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"belfry"
)

// config is everything that can be set for a server. settings says how.
type config struct {
	addr, basePath, publicURL, data string
	databaseURL, redisURL           string

	apiKey         string
	tokenSecret    []string
	tokenPublicKey string
	tokenJWKSURL   string
	tokenIssuer    string
	tokenAudience  string
	tokenUserClaim string
	allowedOrigins []string
	trustedProxies []netip.Prefix

	adminAddr, tlsCert, tlsKey string

	retentionDays, retentionItems   int
	broadcastBacklog                time.Duration
	maxSessions, maxSessionsPerUser int
	publishRate, clientRate         float64
	presence, compression           bool
	heartbeat                       time.Duration
	drainDelay, drainTimeout        time.Duration
	logLevel                        slog.Level
	logFormat                       string
}

// production are the defaults of serve.
func production() config {
	return config{
		addr: ":8080", data: "belfry-data", adminAddr: "127.0.0.1:9090", tokenUserClaim: "sub",
		retentionDays: 90, retentionItems: 1000, broadcastBacklog: 7 * 24 * time.Hour,
		maxSessionsPerUser: 50, clientRate: 50,
		heartbeat: 25 * time.Second, drainDelay: 5 * time.Second, drainTimeout: 30 * time.Second,
		logFormat: "text",
	}
}

// setting is one row of the table that flags, environment, --print-config and
// the documentation come from.
type setting struct {
	name   string
	value  value
	usage  string
	secret bool   // also from BELFRY_..._FILE, masked when shown
	refuse string // what to do instead of a setting that is not there yet
}

// databaseSetting is the row of the database, which other commands have too.
func (c *config) databaseSetting() setting {
	return setting{name: "database-url", value: text(&c.databaseURL), secret: true, usage: "PostgreSQL, postgres://user:password@host/database, instead of the data folder"}
}

// env is the setting's environment variable.
func (s setting) env() string {
	return "BELFRY_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

// settings is the table, in the order in which people look for things.
func (c *config) settings() []setting {
	return []setting{
		{name: "addr", value: text(&c.addr), usage: "address to listen on; PORT sets its port"},
		{name: "base-path", value: text(&c.basePath), usage: "path below which everything is served, such as /belfry"},
		{name: "public-url", value: text(&c.publicURL), usage: "address by which clients reach the server", refuse: "leave it out; nothing that the server writes names its own address yet"},
		{name: "data", value: text(&c.data), usage: "folder of the database; one server at a time holds it"},
		c.databaseSetting(),
		{name: "redis-url", value: text(&c.redisURL), secret: true, usage: "Redis, redis://user:password@host:6379/0, between several servers on one PostgreSQL"},
		{name: "api-key", value: text(&c.apiKey), secret: true, usage: "a static API key, any string, with every scope but admin"},
		{name: "token-secret", value: list(&c.tokenSecret), secret: true, usage: "HS256 secret of user tokens, at least 32 bytes; two, by comma, while rotating"},
		{name: "token-public-key", value: text(&c.tokenPublicKey), usage: "PEM file of the public key of user tokens (RS256, ES256, EdDSA)"},
		{name: "token-jwks-url", value: text(&c.tokenJWKSURL), usage: "address of the JSON Web Key Set of user tokens"},
		{name: "token-issuer", value: text(&c.tokenIssuer), usage: "issuer (iss) that user tokens must have; required with a public key or key set"},
		{name: "token-audience", value: text(&c.tokenAudience), usage: "audience (aud) that user tokens must have; required with a public key or key set"},
		{name: "token-user-claim", value: text(&c.tokenUserClaim), usage: "claim of a token that names the user"},
		{name: "allowed-origins", value: list(&c.allowedOrigins), usage: "origins, by comma, whose pages may use the session cookie"},
		{name: "trusted-proxies", value: prefixes(&c.trustedProxies), usage: "networks, by comma, whose X-Forwarded-For is believed, such as 10.0.0.0/8"},
		{name: "admin-addr", value: text(&c.adminAddr), usage: "address of /metrics and /debug/pprof; empty: none"},
		{name: "tls-cert", value: text(&c.tlsCert), usage: "PEM file of the certificate chain; read again when it changes"},
		{name: "tls-key", value: text(&c.tlsKey), usage: "PEM file of the certificate's key"},
		{name: "retention-days", value: count(&c.retentionDays), usage: "days after which an item leaves every inbox"},
		{name: "retention-items", value: count(&c.retentionItems), usage: "items kept for a user, the oldest go first"},
		{name: "broadcast-backlog", value: duration(&c.broadcastBacklog), usage: "how old a broadcast a new user still meets"},
		{name: "max-sessions", value: count(&c.maxSessions), usage: "live connections at most; 0: as many as there are"},
		{name: "max-sessions-per-user", value: count(&c.maxSessionsPerUser), usage: "live connections of one user at most"},
		{name: "publish-rate", value: rate(&c.publishRate), usage: "notifications a second that one API key may publish; 0: no limit"},
		{name: "client-rate", value: rate(&c.clientRate), usage: "requests and frames a second that one user may send; 0: no limit"},
		{name: "presence", value: toggle(&c.presence), usage: "true: tell the followers of a user's topics when the user comes and goes"},
		{name: "websocket-compression", value: toggle(&c.compression), usage: "true: send broadcasts and topics compressed over WebSocket to clients that offer permessage-deflate"},
		{name: "heartbeat", value: duration(&c.heartbeat), usage: "longest silence on a connection"},
		{name: "drain-delay", value: duration(&c.drainDelay), usage: "how long to go on serving, not ready, after SIGTERM"},
		{name: "drain-timeout", value: duration(&c.drainTimeout), usage: "time over which connections are then closed"},
		{name: "log-level", value: level(&c.logLevel), usage: "debug, info, warn or error"},
		{name: "log-format", value: oneOf(&c.logFormat, "text", "json"), usage: "text or json"},
	}
}

// addFlags gives a command the table's flags; its defaults are what c holds.
func (c *config) addFlags(cmd *cobra.Command) {
	cmd.Flags().SortFlags = false
	for _, s := range c.settings() {
		cmd.Flags().Var(&flagText{s.value.String(), s.value.Type()}, s.name, s.usage+" ($"+s.env()+")")
	}
}

// flagText takes a flag as it was written. It is read in load, as the
// environment is, so that there is one place for what is wrong with a value.
type flagText struct{ text, kind string }

func (f *flagText) Set(s string) error { f.text = s; return nil }
func (f *flagText) String() string     { return f.text }
func (f *flagText) Type() string       { return f.kind }

// sources says where each setting's value came from.
type sources map[string]string

const fromDefault = "default"

// load completes what the flags set: environment, then default. Every value
// that cannot be used is named with its flag and its variable.
func (c *config) load(cmd *cobra.Command, env environment) (sources, error) {
	from := sources{}
	for _, s := range c.settings() {
		where, err := s.load(cmd, env)
		if err != nil {
			return nil, usageError{err}
		}
		from[s.name] = where
	}
	if port := env["PORT"]; port != "" && from["addr"] == fromDefault {
		host, _, err := net.SplitHostPort(c.addr)
		if err != nil {
			return nil, err
		}
		c.addr, from["addr"] = net.JoinHostPort(host, port), "PORT"
	}
	return from, c.check()
}

func (s setting) load(cmd *cobra.Command, env environment) (where string, err error) {
	text, where, err := s.given(cmd, env)
	if err != nil || where == fromDefault {
		return where, err
	}
	if s.refuse != "" && text != "" {
		return where, &belfry.Error{Code: belfry.CodeUnsupported, Detail: s.title() + " is not supported by this version: " + s.refuse}
	}
	if err := s.value.Set(text); err != nil {
		return where, s.wrong(detail(err))
	}
	return where, nil
}

// given is the text of a setting and where it was found: flag, variable, the
// file that a variable names.
func (s setting) given(cmd *cobra.Command, env environment) (text, where string, err error) {
	file := s.env() + "_FILE"
	switch {
	case cmd.Flags().Changed(s.name):
		return cmd.Flags().Lookup(s.name).Value.String(), "--" + s.name, nil
	case env[s.env()] != "":
		return env[s.env()], s.env(), nil
	case s.secret && env[file] != "":
		b, err := os.ReadFile(env[file])
		if err != nil {
			return "", file, s.wrong(fmt.Sprintf("$%s: %s", file, err))
		}
		return strings.TrimSpace(string(b)), file, nil
	}
	return "", fromDefault, nil
}

// title names a setting as people may have written it.
func (s setting) title() string { return "--" + s.name + " ($" + s.env() + ")" }

// wrong is the error for a value that cannot be used.
func (s setting) wrong(detail string) error {
	return belfry.Errorf(belfry.CodeInvalid, "%s: %s", s.title(), detail)
}

// check refuses what no single value shows to be wrong.
func (c *config) check() error {
	table := map[string]setting{}
	for _, s := range c.settings() {
		table[s.name] = s
	}
	for _, rule := range []struct {
		name   string
		broken bool
		detail string
	}{
		{"base-path", c.basePath != "" && (!strings.HasPrefix(c.basePath, "/") || strings.HasSuffix(c.basePath, "/")), "begins with a slash and does not end with one"},
		{"allowed-origins", slices.ContainsFunc(c.allowedOrigins, notOrigin), "an origin is https://app.example.com, or with any port http://localhost:*"},
		{"token-secret", slices.ContainsFunc(c.tokenSecret, func(s string) bool { return len(s) < 32 }), "at least 32 bytes each; openssl rand -hex 32 makes one"},
		{"token-secret", len(c.tokenSecret) > 2, "at most two"},
		{"token-issuer", (c.tokenPublicKey != "" || c.tokenJWKSURL != "") && c.tokenIssuer == "", "required with token-public-key or token-jwks-url"},
		{"token-audience", (c.tokenPublicKey != "" || c.tokenJWKSURL != "") && c.tokenAudience == "", "required with token-public-key or token-jwks-url"},
		{"redis-url", c.redisURL != "" && c.databaseURL == "", "goes with database-url: the data folder is of one server"},
		{"tls-key", (c.tlsCert == "") != (c.tlsKey == ""), "tls-cert and tls-key go together"},
		{"retention-days", c.retentionDays < 1, "at least 1"},
		{"retention-items", c.retentionItems < 1, "at least 1"},
		{"max-sessions-per-user", c.maxSessionsPerUser < 1, "at least 1"},
		{"heartbeat", c.heartbeat < time.Second || c.heartbeat > 5*time.Minute, "between 1s and 5m"},
	} {
		if rule.broken {
			return usageError{table[rule.name].wrong(rule.detail)}
		}
	}
	return nil
}

// notOrigin says that a word is no origin (RFC 6454), which has no path. A port
// may be *.
func notOrigin(word string) bool {
	u, err := url.Parse(strings.TrimSuffix(word, ":*"))
	return err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Scheme+"://"+u.Host != strings.TrimSuffix(word, ":*")
}

// print shows every setting with its source; of secrets only that they are set.
func (c *config) print(out io.Writer, from sources, asJSON bool) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, s := range c.settings() {
		shown := s.value.String()
		if s.secret && shown != "" {
			shown = "(set)"
		}
		if asJSON {
			if err := json.NewEncoder(out).Encode(map[string]string{"setting": s.name, "value": shown, "source": from[s.name]}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", s.name, cmp.Or(shown, "-"), from[s.name])
	}
	return table.Flush()
}

// environment is what the process was started with.
type environment map[string]string

func parseEnvironment(environ []string) environment {
	env := environment{}
	for _, e := range environ {
		name, v, _ := strings.Cut(e, "=")
		env[name] = v
	}
	return env
}

// warnUnknown names the BELFRY_ variables that mean nothing: typing errors, mostly.
func (c *config) warnUnknown(env environment, log *slog.Logger) {
	for _, name := range c.unknown(env) {
		log.Warn("a variable that means nothing here; is it a typing error?", "name", name)
	}
}

func (c *config) unknown(env environment) []string {
	known := map[string]bool{"BELFRY_URL": true}
	for _, s := range c.settings() {
		known[s.env()] = true
		known[s.env()+"_FILE"] = s.secret
	}
	var strange []string
	for name := range env {
		if strings.HasPrefix(name, "BELFRY_") && !known[name] {
			strange = append(strange, name)
		}
	}
	slices.Sort(strange)
	return strange
}
