package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"belfry"
	"belfry/client"
)

// front is a real proxy with its configuration from deploy/, in front of two
// nodes. Of the file only addresses, ports and paths are others than shipped, and
// the idle time-outs: 75 s to a heartbeat of 25 s became 12 s to one of 1 s.
type front struct {
	t           *testing.T
	dir         string
	addr, plain string // with TLS, and the port that redirects to it
	nodes       [2]string
	cert, key   string // files; haproxy wants both in one: pair
	pair        string
	roots       *x509.CertPool
	log         *os.File
}

// proxies are the programs, by the file in deploy/ that configures them.
var proxies = map[string]func(*front) *exec.Cmd{
	"nginx.conf":  nginx,
	"haproxy.cfg": haproxy,
	"Caddyfile":   caddy,
}

// startFront runs a proxy until the test ends and waits until it lets traffic
// through.
func startFront(t *testing.T, file string, nodes [2]string) *front {
	t.Helper()
	f := &front{t: t, dir: t.TempDir(), addr: freeAddr(t), plain: freeAddr(t), nodes: nodes}
	f.makeCertificate()
	cmd := proxies[file](f)
	var err error
	if f.log, err = os.Create(f.path("out.log")); err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr, cmd.Dir = f.log, f.log, f.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v; scripts/setup installs it", err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait() // says only that it was killed
		_ = f.log.Close()
		if t.Failed() {
			t.Logf("the proxy's logs:\n%s", f.logs())
		}
	})
	ready := f.http()
	until(t, "the proxy lets traffic through", func() bool {
		res, err := ready.Get(f.url() + "/readyz")
		if err != nil {
			return false
		}
		_ = res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	return f
}

func (f *front) path(name string) string { return filepath.Join(f.dir, name) }

func (f *front) url() string { return "https://" + f.addr }

// http is a client that is at home at 127.0.0.2 and speaks HTTP/2 where it may.
func (f *front) http() *http.Client {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	transport := &http.Transport{
		DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: f.roots},
	}
	f.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func (f *front) client(c client.Config) *client.Client {
	f.t.Helper()
	c.URL, c.HTTP = f.url(), f.http()
	made, err := client.New(c)
	if err != nil {
		f.t.Fatal(err)
	}
	return made
}

// config writes a file of deploy/ with each of the old texts, which must stand
// there exactly once, replaced by the new one.
func (f *front) config(name string, oldnew ...string) (path string) {
	f.t.Helper()
	b, err := os.ReadFile(filepath.Join("../../deploy", name))
	if err != nil {
		f.t.Fatal(err)
	}
	text := string(b)
	for i := 0; i < len(oldnew); i += 2 {
		if n := strings.Count(text, oldnew[i]); n != 1 {
			f.t.Fatalf("deploy/%s has %q %d times; once was expected", name, oldnew[i], n)
		}
		text = strings.Replace(text, oldnew[i], oldnew[i+1], 1)
	}
	path = f.path(name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	return path
}

// program finds what Debian keeps where only root's PATH looks.
func program(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	return "/usr/sbin/" + name
}

func nginx(f *front) *exec.Cmd {
	site := f.config("nginx.conf",
		"server 10.0.0.11:8080 ", "server "+f.nodes[0]+" ",
		"server 10.0.0.12:8080 ", "server "+f.nodes[1]+" ",
		"listen 80;", "listen "+f.plain+";",
		"listen 443 ", "listen "+f.addr+" ",
		"/etc/ssl/belfry/fullchain.pem", f.cert,
		"/etc/ssl/belfry/privkey.pem", f.key,
		"/var/log/nginx/belfry.log", f.path("access.log"),
		"/var/log/nginx/belfry.error.log", f.path("error.log"),
		"proxy_read_timeout    75s;", "proxy_read_timeout 12s;",
		"proxy_send_timeout    75s;", "proxy_send_timeout 12s;",
	)
	paths := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		paths += fmt.Sprintf("\t%s_temp_path %s;\n", kind, f.path(kind))
	}
	main := f.path("main.conf")
	text := fmt.Sprintf("daemon off;\npid %s;\nerror_log stderr info;\nevents {}\nhttp {\n%s\tinclude %s;\n}\n", f.path("pid"), paths, site)
	if err := os.WriteFile(main, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	return exec.Command(program("nginx"), "-e", "stderr", "-p", f.dir, "-c", main)
}

func haproxy(f *front) *exec.Cmd {
	return exec.Command(program("haproxy"), "-db", "-f", f.config("haproxy.cfg",
		"server node1 10.0.0.11:8080", "server node1 "+f.nodes[0],
		"server node2 10.0.0.12:8080", "server node2 "+f.nodes[1],
		"server node1-unready 10.0.0.11:8080", "server node1-unready "+f.nodes[0],
		"server node2-unready 10.0.0.12:8080", "server node2-unready "+f.nodes[1],
		"bind :80\n", "bind "+f.plain+"\n",
		"bind :443 ", "bind "+f.addr+" ",
		"/etc/haproxy/belfry.pem", f.pair,
		"timeout client 75s", "timeout client 12s",
		"timeout server 75s", "timeout server 12s",
		"timeout tunnel 75s", "timeout tunnel 12s",
	))
}

// caddy is given a certificate, and kept from the ports of the machine: that of
// its administration, and 80, from which it redirects.
func caddy(f *front) *exec.Cmd {
	cmd := exec.Command(program("caddy"), "run", "--adapter", "caddyfile", "--config", f.config("Caddyfile",
		"\n{\n", "\n{\n\tadmin off\n\tauto_https disable_redirects\n",
		"{$SITE:belfry.example.com} {\n", "{$SITE:belfry.example.com} {\n\ttls "+f.cert+" "+f.key+"\n",
	))
	cmd.Env = append(os.Environ(), "HOME="+f.dir, "XDG_DATA_HOME="+f.dir, "XDG_CONFIG_HOME="+f.dir,
		"SITE="+f.url(), "NODES="+f.nodes[0]+" "+f.nodes[1])
	return cmd
}

func (f *front) makeCertificate() {
	f.t.Helper()
	fail := func(err error) {
		if err != nil {
			f.t.Helper()
			f.t.Fatal(err)
		}
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	fail(err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}, &x509.Certificate{SerialNumber: big.NewInt(1)}, private.Public(), private)
	fail(err)
	cert, err := x509.ParseCertificate(der)
	fail(err)
	f.roots = x509.NewCertPool()
	f.roots.AddCert(cert)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	fail(err)
	f.cert, f.key, f.pair = f.path("cert.pem"), f.path("key.pem"), f.path("pair.pem")
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	secret = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	fail(os.WriteFile(f.cert, public, 0o600))
	fail(os.WriteFile(f.key, secret, 0o600))
	fail(os.WriteFile(f.pair, append(public, secret...), 0o600))
}

// logs is everything that the proxy wrote down.
func (f *front) logs() string {
	f.t.Helper()
	names, err := filepath.Glob(f.path("*.log"))
	if err != nil {
		f.t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}

// sessions is how many of a user's sessions a node holds.
func (n *node) sessions(user belfry.UserID) int {
	n.t.Helper()
	var presence struct{ Sessions []struct{ ID string } }
	n.get("/v1/users/"+string(user)+"/presence", &presence)
	return len(presence.Sessions)
}

// get asks a node as a backend.
func (n *node) get(path string, into any) {
	n.t.Helper()
	req, err := http.NewRequest(http.MethodGet, n.url()+path, nil)
	if err != nil {
		n.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+apiKey)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		n.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		n.t.Fatalf("%s: %s %s %v", path, res.Status, b, err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		n.t.Fatal(err)
	}
}
