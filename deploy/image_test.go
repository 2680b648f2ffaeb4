package deploy_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// dockerfile is the last stage of one.
type dockerfile struct {
	copies     []copied
	env        map[string]string
	uid        int
	entry, cmd []string
	volume     string
}

// copied is what a stage takes from the one that builds.
type copied struct{ from, to, owner string }

func readDockerfile(t *testing.T) dockerfile {
	t.Helper()
	d := dockerfile{env: map[string]string{}}
	_, last, ok := strings.Cut(readFile(t, "Dockerfile"), "\nFROM scratch\n")
	if !ok {
		t.Fatal("there is no stage FROM scratch")
	}
	for line := range strings.Lines(last) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch name {
		case "COPY":
			m := regexp.MustCompile(`^--from=build (?:--chown=(\d+):\d+ )?(\S+) (\S+)$`).FindStringSubmatch(rest)
			if m == nil {
				t.Fatalf("not understood: %s", line)
			}
			d.copies = append(d.copies, copied{from: m[2], to: m[3], owner: m[1]})
		case "ENV":
			key, value, _ := strings.Cut(rest, "=")
			d.env[key] = value
		case "USER":
			user, _, _ := strings.Cut(rest, ":")
			uid, err := strconv.Atoi(user)
			if err != nil {
				t.Fatalf("%s: a name needs /etc/passwd, and there is none", line)
			}
			d.uid = uid
		case "VOLUME":
			d.volume = rest
		case "ENTRYPOINT":
			d.entry = quoted(rest)
		case "CMD":
			d.cmd = quoted(rest)
		case "EXPOSE":
			if rest != port {
				t.Errorf("the image exposes %s; a node listens on %s", rest, port)
			}
		default:
			t.Fatalf("not understood: %s", line)
		}
	}
	return d
}

func quoted(text string) (words []string) {
	for _, m := range regexp.MustCompile(`"([^"]*)"`).FindAllStringSubmatch(text, -1) {
		words = append(words, m[1])
	}
	return words
}

// layOut makes the image's files, of the program under test.
func (d dockerfile) layOut(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	for _, c := range d.copies {
		to := filepath.Join(root, c.to)
		if strings.HasSuffix(c.to, "/") {
			to = filepath.Join(to, filepath.Base(c.from))
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		switch filepath.Base(c.from) {
		case "belfry":
			b, err := os.ReadFile(binary)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(to, b, 0o755); err != nil {
				t.Fatal(err)
			}
		case "ca-certificates.crt": // nobody is asked over TLS here
		default:
			if err := os.Mkdir(to, 0o755); err != nil {
				t.Fatal(err)
			}
			owner, err := strconv.Atoi(c.owner)
			if err != nil {
				t.Fatalf("%s: an empty folder for nobody", c.to)
			}
			if err := os.Chown(to, owner, owner); err != nil {
				t.Fatal(err)
			}
		}
	}
	return root
}

// TestImage_HoldsAllThatANodeNeeds runs a node on the image's files and nothing
// else, as its user: it keeps a notification, and ends in order.
func TestImage_HoldsAllThatANodeNeeds(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may change the root folder")
	}
	d := readDockerfile(t)
	if d.volume != d.env["BELFRY_DATA"] || d.uid == 0 {
		t.Errorf("volume %q, data %q, user %d", d.volume, d.env["BELFRY_DATA"], d.uid)
	}
	root, addr := d.layOut(t), freeAddr(t)
	cmd := exec.Command(d.entry[0], append(slices.Clone(d.entry[1:]), d.cmd...)...)
	cmd.Env = []string{"BELFRY_ADDR=" + addr, "BELFRY_ADMIN_ADDR=127.0.0.1:0", "BELFRY_API_KEY=key-of-the-backend", "BELFRY_DRAIN_DELAY=0s"}
	for name, value := range d.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: uint32(d.uid), Gid: uint32(d.uid)}}
	cmd.Dir = "/"
	var talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &talk, &talk
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill() }() // it has ended, unless the test failed
	for deadline := time.Now().Add(time.Minute); ask(t, http.MethodGet, "http://"+addr+"/readyz", "") != http.StatusOK; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the node is not ready after a minute")
		}
	}
	if code := ask(t, http.MethodPost, "http://"+addr+"/v1/notifications", `{"to":{"user":"ann"},"title":"Hello"}`); code != http.StatusCreated {
		t.Errorf("a publish is answered %d", code)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, &talk)
	}
}

// ask gives the status of an answer, 0 where there is none.
func ask(t *testing.T, method, url, body string) int {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer key-of-the-backend")
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestDockerfile_BuildsWithTheModulesGo(t *testing.T) {
	asked := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(readFile(t, "../go.mod"))
	if !strings.Contains(readFile(t, "Dockerfile"), "\nFROM golang:"+asked[1]+" AS build\n") {
		t.Errorf("go.mod asks for Go %s", asked[1])
	}
}

// What goes into the build is enough for it: every Go file and all that go:embed
// names.
func TestDockerignore_LetsThroughWhatIsBuilt(t *testing.T) {
	first, rest, _ := strings.Cut(readFile(t, "Dockerfile.dockerignore"), "\n")
	if first != "*" {
		t.Fatalf("it begins with %q: everything is let through", first)
	}
	through := func(file string) bool {
		for line := range strings.Lines(rest) {
			pattern := strings.TrimPrefix(strings.TrimSpace(line), "!")
			suffix, anywhere := strings.CutPrefix(pattern, "**/*")
			if anywhere && strings.HasSuffix(file, suffix) || file == pattern || strings.HasPrefix(file, pattern+"/") {
				return true
			}
		}
		return false
	}
	built := `{{$p := .}}{{with .Module}}{{if eq .Path "belfry"}}{{range $p.GoFiles}}{{$p.ImportPath}}/{{.}}
{{end}}{{range $p.EmbedFiles}}{{$p.ImportPath}}/{{.}}
{{end}}{{end}}{{end}}`
	list := exec.Command("go", "list", "-deps", "-f", built, "belfry/cmd/belfry")
	out, err := list.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	files := strings.Fields(string(out))
	if len(files) < 100 {
		t.Fatalf("only %d files are built", len(files))
	}
	for _, file := range append(files, "belfry/go.mod", "belfry/go.sum") {
		if file = strings.TrimPrefix(file, "belfry/"); !through(file) {
			t.Errorf("%s is not let through", file)
		}
	}
}
