package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shown is what --print-config says, by setting.
func shown(t *testing.T, env []string, args ...string) map[string][2]string {
	t.Helper()
	code, stdout, stderr := command(t, env, append([]string{"serve", "--print-config", "--json"}, args...)...)
	if code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	all := map[string][2]string{}
	for line := range strings.Lines(stdout) {
		var s struct{ Setting, Value, Source string }
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		all[s.Setting] = [2]string{s.Value, s.Source}
	}
	return all
}

func TestConfig_load(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("a secret of thirty-two bytes or more\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		env     []string
		args    []string
		setting string
		want    [2]string
	}{
		"default":                     {nil, nil, "retention-days", [2]string{"90", "default"}},
		"days":                        {nil, nil, "broadcast-backlog", [2]string{"7d", "default"}},
		"environment":                 {[]string{"BELFRY_RETENTION_DAYS=30"}, nil, "retention-days", [2]string{"30", "BELFRY_RETENTION_DAYS"}},
		"flag wins":                   {[]string{"BELFRY_RETENTION_DAYS=30"}, []string{"--retention-days", "7"}, "retention-days", [2]string{"7", "--retention-days"}},
		"duration":                    {[]string{"BELFRY_DRAIN_TIMEOUT=1m30s"}, nil, "drain-timeout", [2]string{"1m30s", "BELFRY_DRAIN_TIMEOUT"}},
		"secret from a file, masked":  {[]string{"BELFRY_TOKEN_SECRET_FILE=" + file}, nil, "token-secret", [2]string{"(set)", "BELFRY_TOKEN_SECRET_FILE"}},
		"secret, masked":              {[]string{"BELFRY_API_KEY=0123456789abcdef"}, nil, "api-key", [2]string{"(set)", "BELFRY_API_KEY"}},
		"variable wins over the file": {[]string{"BELFRY_API_KEY=0123456789abcdef", "BELFRY_API_KEY_FILE=/none"}, nil, "api-key", [2]string{"(set)", "BELFRY_API_KEY"}},
		"PORT":                        {[]string{"PORT=9000"}, nil, "addr", [2]string{":9000", "PORT"}},
		"addr wins over PORT":         {[]string{"PORT=9000", "BELFRY_ADDR=127.0.0.1:1"}, nil, "addr", [2]string{"127.0.0.1:1", "BELFRY_ADDR"}},
		"DATABASE_URL is not ours":    {[]string{"DATABASE_URL=postgres://db"}, nil, "database-url", [2]string{"", "default"}},
		"a list":                      {nil, []string{"--allowed-origins", "https://a.example, http://localhost:*"}, "allowed-origins", [2]string{"https://a.example,http://localhost:*", "--allowed-origins"}},
		"networks":                    {nil, []string{"--trusted-proxies", "10.1.2.3/8,192.0.2.1"}, "trusted-proxies", [2]string{"10.0.0.0/8,192.0.2.1/32", "--trusted-proxies"}},
		"an empty address":            {nil, []string{"--admin-addr", ""}, "admin-addr", [2]string{"", "--admin-addr"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := shown(t, tc.env, tc.args...)[tc.setting]; got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// Whoever reads the error has written a flag or a variable: both are named.
func TestConfig_load_NamesWhatIsWrong(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		code int
		says []string
	}{
		"not a duration":           {[]string{"--heartbeat", "soon"}, exitUsage, []string{"--heartbeat", "$BELFRY_HEARTBEAT", `"soon" is not a duration`}},
		"too long a heartbeat":     {[]string{"--heartbeat", "1h"}, exitUsage, []string{"--heartbeat", "between 1s and 5m"}},
		"not a number":             {[]string{"--max-sessions", "-1"}, exitUsage, []string{"$BELFRY_MAX_SESSIONS"}},
		"not a rate":               {[]string{"--client-rate", "NaN"}, exitUsage, []string{"$BELFRY_CLIENT_RATE"}},
		"not a network":            {[]string{"--trusted-proxies", "proxy"}, exitUsage, []string{"$BELFRY_TRUSTED_PROXIES", `"proxy" is no network`}},
		"not a level":              {[]string{"--log-level", "loud"}, exitUsage, []string{"$BELFRY_LOG_LEVEL", "debug, info, warn, error"}},
		"not a format":             {[]string{"--log-format", "xml"}, exitUsage, []string{"one of text, json"}},
		"a short secret":           {[]string{"--token-secret", "short"}, exitUsage, []string{"$BELFRY_TOKEN_SECRET", "openssl rand -hex 32"}},
		"half of TLS":              {[]string{"--tls-cert", "c.pem"}, exitUsage, []string{"$BELFRY_TLS_KEY", "go together"}},
		"keys without issuer":      {[]string{"--token-jwks-url", "https://id.example/jwks"}, exitUsage, []string{"$BELFRY_TOKEN_ISSUER", "required"}},
		"a path for an origin":     {[]string{"--allowed-origins", "https://a.example/app"}, exitUsage, []string{"$BELFRY_ALLOWED_ORIGINS"}},
		"any origin":               {[]string{"--allowed-origins", "*"}, exitUsage, []string{"$BELFRY_ALLOWED_ORIGINS"}},
		"a base path":              {[]string{"--base-path", "belfry/"}, exitUsage, []string{"$BELFRY_BASE_PATH"}},
		"Redis without PostgreSQL": {[]string{"--redis-url", "redis://r"}, exitUsage, []string{"--redis-url", "$BELFRY_REDIS_URL", "database-url"}},
		"a public address":         {[]string{"--public-url", "https://b.example"}, exitUsage, []string{"$BELFRY_PUBLIC_URL", "not supported"}},
		"no folder":                {[]string{"--data", ""}, exitUsage, []string{"$BELFRY_DATA"}},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := command(t, nil, append([]string{"serve"}, tc.args...)...)
			if code != tc.code {
				t.Errorf("exit %d, want %d", code, tc.code)
			}
			for _, want := range tc.says {
				if !strings.Contains(stderr, want) {
					t.Errorf("it does not say %q:\n%s", want, stderr)
				}
			}
		})
	}
	t.Run("a secret file that is not there", func(t *testing.T) {
		code, _, stderr := command(t, []string{"BELFRY_TOKEN_SECRET_FILE=/none"}, "serve")
		if code != exitUsage || !strings.Contains(stderr, "$BELFRY_TOKEN_SECRET_FILE") {
			t.Errorf("exit %d: %s", code, stderr)
		}
	})
}

func TestConfig_unknown(t *testing.T) {
	cfg := production()
	env := parseEnvironment([]string{"BELFRY_ADDR=:1", "BELFRY_URL=x", "BELFRY_API_KEY_FILE=f", "BELFRY_ADR=:1", "BELFRY_DATA_FILE=f", "HOME=/", "PATH=/bin"})
	if got := strings.Join(cfg.unknown(env), " "); got != "BELFRY_ADR BELFRY_DATA_FILE" {
		t.Errorf("got %q", got)
	}
}

// Every setting has a description, and what is shown as its value is read back
// as the same.
func TestConfig_settings(t *testing.T) {
	cfg := production()
	for _, s := range cfg.settings() {
		before := s.value.String()
		if s.usage == "" {
			t.Errorf("%s: no description", s.name)
		}
		if err := s.value.Set(before); err != nil || s.value.String() != before {
			t.Errorf("%s: %q is read back as %q, %v", s.name, before, s.value.String(), err)
		}
	}
}
