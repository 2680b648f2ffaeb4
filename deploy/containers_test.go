package deploy_test

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/oasdiff/yaml3"
)

// port is where a node listens unless told otherwise, in every file.
const port = "8080"

// compose is what the tests look at of compose.yaml.
type compose struct {
	Services map[string]struct {
		Image           string
		Command         []string
		Environment     map[string]string
		StopGracePeriod string `yaml:"stop_grace_period"`
		Volumes         []string
	}
	Networks map[string]struct {
		IPAM struct{ Config []struct{ Subnet string } }
	}
	Volumes map[string]any
}

func readCompose(t *testing.T) (c compose) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(interpolate(t, readFile(t, "compose.yaml"))), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// interpolate fills in the variables that the file's head has people write to
// .env, as Compose does; one that the head forgot fails.
func interpolate(t *testing.T, text string) string {
	t.Helper()
	head, _, _ := strings.Cut(text, "\nname:")
	env := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^# +([A-Z_]+)=(.*)$`).FindAllStringSubmatch(head, -1) {
		env[m[1]] = strings.ReplaceAll(m[2], "$(openssl rand -hex 32)", strings.Repeat("5e", 32))
	}
	return regexp.MustCompile(`\$\{([A-Z_]+)(:\?[^}]*)?\}`).ReplaceAllStringFunc(text, func(s string) string {
		name := regexp.MustCompile(`[A-Z_]+`).FindString(s)
		if env[name] == "" || !strings.Contains(s, ":?") {
			t.Errorf("compose.yaml: %s is not made in its head, or not required where it is used", name)
		}
		return env[name]
	})
}

func TestCompose_StartsNodesThatFindEachOther(t *testing.T) {
	c := readCompose(t)
	image := readDockerfile(t)
	for _, name := range []string{"belfry-1", "belfry-2"} {
		node := c.Services[name]
		cmd := command{args: image.cmd, env: node.Environment}
		if len(node.Command) > 0 {
			cmd.args = node.Command
		}
		s := cmd.settings(t)
		if stop := seconds(t, node.StopGracePeriod); stop < drain(t, s) {
			t.Errorf("%s: stop_grace_period is %s, a drain takes up to %s", name, stop, drain(t, s))
		}
		if got, want := node.Environment["BELFRY_TRUSTED_PROXIES"], c.Networks["default"].IPAM.Config[0].Subnet; got != want {
			t.Errorf("%s trusts proxies in %s; Caddy is in %s", name, got, want)
		}
		for variable, host := range map[string]string{"BELFRY_DATABASE_URL": "@postgres:5432/", "BELFRY_REDIS_URL": "//redis:6379/"} {
			if !strings.Contains(node.Environment[variable], host) {
				t.Errorf("%s: %s does not name %s", name, variable, host)
			}
		}
	}
	for _, address := range strings.Fields(c.Services["caddy"].Environment["NODES"]) {
		name, at, _ := strings.Cut(address, ":")
		if c.Services[name].Image != "belfry" || at != port {
			t.Errorf("Caddy sends to %s; a node listens on %s", address, port)
		}
	}
}

func TestCompose_KeepsData(t *testing.T) {
	c := readCompose(t)
	for name, service := range c.Services {
		for _, v := range service.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if _, named := c.Volumes[from]; !named && !strings.HasPrefix(from, "./") {
				t.Errorf("%s: there is no volume %s", name, from)
			}
		}
	}
	if len(c.Services["postgres"].Volumes) == 0 || len(c.Services["caddy"].Volumes) < 2 {
		t.Error("the database or the certificates are kept nowhere")
	}
}

// Caddy's own variables are those that Compose sets.
func TestCaddyfile_TakesWhatComposeSets(t *testing.T) {
	var names []string
	for _, m := range regexp.MustCompile(`\{\$([A-Z]+):`).FindAllStringSubmatch(readFile(t, "Caddyfile"), -1) {
		names = append(names, m[1])
	}
	set := readCompose(t).Services["caddy"].Environment
	for _, name := range names {
		if set[name] == "" {
			t.Errorf("compose.yaml does not set %s", name)
		}
	}
	if len(names) != len(set) {
		t.Errorf("the Caddyfile takes %q, compose.yaml sets %d", names, len(set))
	}
}

// manifest is what the tests look at of kubernetes.yaml's objects.
type manifest struct {
	Kind string
	Spec struct {
		Replicas       int
		MaxUnavailable int `yaml:"maxUnavailable"`
		Selector       map[string]any
		Ports          []struct {
			TargetPort string `yaml:"targetPort"`
		}
		Template struct {
			Metadata struct{ Labels map[string]string }
			Spec     pod
		}
	}
}

type pod struct {
	Grace      int `yaml:"terminationGracePeriodSeconds"`
	Containers []struct {
		Args []string
		Env  []struct {
			Name, Value string
			ValueFrom   struct {
				SecretKeyRef struct{ Name, Key string } `yaml:"secretKeyRef"`
			} `yaml:"valueFrom"`
		}
		Ports []struct {
			Name          string
			ContainerPort string `yaml:"containerPort"`
		}
		StartupProbe   probe `yaml:"startupProbe"`
		LivenessProbe  probe `yaml:"livenessProbe"`
		ReadinessProbe probe `yaml:"readinessProbe"`
	}
}

type probe struct {
	HTTPGet          struct{ Path, Port string } `yaml:"httpGet"`
	PeriodSeconds    int                         `yaml:"periodSeconds"`
	FailureThreshold int                         `yaml:"failureThreshold"`
}

func readKubernetes(t *testing.T) map[string]manifest {
	t.Helper()
	all := map[string]manifest{}
	d := yaml.NewDecoder(strings.NewReader(readFile(t, "kubernetes.yaml")))
	for {
		var m manifest
		err := d.Decode(&m)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all[m.Kind] = m
	}
}

func TestKubernetes_StartsNodesAndLetsThemDrain(t *testing.T) {
	spec := readKubernetes(t)["Deployment"].Spec
	p := spec.Template.Spec
	if len(p.Containers) != 1 {
		t.Fatalf("%d containers", len(p.Containers))
	}
	node := p.Containers[0]
	c := command{args: node.Args, env: map[string]string{}}
	secrets := map[string]string{}
	for _, m := range regexp.MustCompile(`--from-literal=([a-z-]+)=['"]([^'"]*)['"]`).FindAllStringSubmatch(readFile(t, "kubernetes.yaml"), -1) {
		secrets[m[1]] = strings.ReplaceAll(m[2], "$(openssl rand -hex 32)", strings.Repeat("5e", 32))
	}
	for _, e := range node.Env {
		value := e.Value
		if ref := e.ValueFrom.SecretKeyRef; ref.Key != "" {
			if value = secrets[ref.Key]; value == "" {
				t.Errorf("%s: the secret made in the file's head has no %s", e.Name, ref.Key)
			}
		}
		c.env[e.Name] = value
	}
	s := c.settings(t)
	if int(drain(t, s).Seconds()) > p.Grace {
		t.Errorf("terminationGracePeriodSeconds is %d, a drain takes up to %s", p.Grace, drain(t, s))
	}
	if node.Ports[0].ContainerPort != port || !strings.HasSuffix(s["addr"].Value, ":"+port) {
		t.Errorf("the container's port is %s, the node listens on %s", node.Ports[0].ContainerPort, s["addr"].Value)
	}
	if got := seconds(t, s["drain-delay"].Value).Seconds(); float64(node.ReadinessProbe.PeriodSeconds*node.ReadinessProbe.FailureThreshold) > got {
		t.Errorf("a node that drains is noticed after more than the %v s for which it waits", got)
	}
}

// A probe of the process must not ask for the database: Kubernetes would restart
// every node when PostgreSQL is away.
func TestKubernetes_ProbesWhatTheyMean(t *testing.T) {
	node := readKubernetes(t)["Deployment"].Spec.Template.Spec.Containers[0]
	for _, p := range []struct {
		probe
		path string
	}{{node.StartupProbe, "/healthz"}, {node.LivenessProbe, "/healthz"}, {node.ReadinessProbe, "/readyz"}} {
		if p.HTTPGet.Path != p.path || p.HTTPGet.Port != node.Ports[0].Name {
			t.Errorf("a probe asks %s at %s; %s at %s was expected", p.HTTPGet.Path, p.HTTPGet.Port, p.path, node.Ports[0].Name)
		}
	}
}

func TestKubernetes_MeansOneSetOfPods(t *testing.T) {
	all := readKubernetes(t)
	labels := all["Deployment"].Spec.Template.Metadata.Labels
	for kind, m := range all {
		selector := m.Spec.Selector
		if inner, ok := selector["matchLabels"].(map[string]any); ok {
			selector = inner
		}
		if len(selector) != 1 || selector["app"] != labels["app"] {
			t.Errorf("%s selects %v, the pods have %v", kind, selector, labels)
		}
	}
	if len(all) != 3 {
		t.Errorf("%d objects, expected a Deployment, a Service and a PodDisruptionBudget", len(all))
	}
	if all["Service"].Spec.Ports[0].TargetPort != all["Deployment"].Spec.Template.Spec.Containers[0].Ports[0].Name {
		t.Error("the Service's port is not the container's")
	}
	if replicas, away := all["Deployment"].Spec.Replicas, all["PodDisruptionBudget"].Spec.MaxUnavailable; away < 1 || replicas <= away {
		t.Errorf("%d of %d nodes may be taken away at once", away, replicas)
	}
}
