package bench

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"belfry"
)

// publisher sends requests over one connection that it keeps. It is net/http
// without the machinery: what the load costs must not be what is measured.
type publisher struct {
	addr, host, basePath, key string
	tls                       *tls.Config
	conn                      net.Conn
	in                        *bufio.Reader
	out, body                 []byte
}

// publishTimeout is when a request without an answer is given up.
const publishTimeout = 30 * time.Second

func newPublisher(t *Target) (*publisher, error) {
	address := t.PublishURL
	if address == "" {
		address = t.URL
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, belfry.Errorf(belfry.CodeInvalid, "%.100q is not the address of a server", address)
	}
	p := &publisher{addr: u.Host, host: u.Host, basePath: u.EscapedPath(), key: t.Key}
	if u.Scheme == "https" {
		p.tls = t.secure(u.Hostname())
	}
	if u.Port() == "" {
		p.addr = net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	return p, nil
}

// do sends a request and gives the answer's body. Another status than 2xx is an
// error.
func (p *publisher) do(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	if err := p.dial(ctx); err != nil {
		return nil, err
	}
	b := append(append(p.out[:0], method...), ' ')
	b = append(b, p.basePath...)
	b = append(b, path...)
	b = append(b, " HTTP/1.1\r\nHost: "...)
	b = append(b, p.host...)
	b = append(b, "\r\nAuthorization: Bearer "...)
	b = append(b, p.key...)
	b = append(b, "\r\nContent-Type: application/json\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, "\r\n\r\n"...)
	b = append(b, body...)
	p.out = b
	answer, err := p.exchange()
	if err != nil {
		p.close()
	}
	return answer, err
}

func (p *publisher) dial(ctx context.Context) error {
	if p.conn != nil {
		return nil
	}
	conn, err := (&net.Dialer{Timeout: publishTimeout}).DialContext(ctx, "tcp", p.addr)
	if err != nil {
		return err
	}
	if p.tls != nil {
		conn = tls.Client(conn, p.tls)
	}
	p.conn, p.in = conn, bufio.NewReader(conn)
	return nil
}

func (p *publisher) exchange() ([]byte, error) {
	if err := p.conn.SetDeadline(time.Now().Add(publishTimeout)); err != nil {
		return nil, err
	}
	if _, err := p.conn.Write(p.out); err != nil {
		return nil, err
	}
	res, err := http.ReadResponse(p.in, nil)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode/100 != 2 {
		return nil, fmt.Errorf("the publish was answered %s: %.300s", res.Status, answer)
	}
	return answer, nil
}

func (p *publisher) close() {
	if p.conn != nil {
		_ = p.conn.Close()
		p.conn = nil
	}
}

// httpClient is for what is not measured.
func httpClient(c *tls.Config) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig, t.MaxIdleConnsPerHost, t.ForceAttemptHTTP2 = c, 64, false
	return &http.Client{Transport: t}
}

// draft writes the JSON of a notification: a small one, as applications send
// them, with the stamp at the beginning of its body.
func (l *ledger) draft(b []byte, to string, st stamp, size int) []byte {
	b = append(b, `{"to":`...)
	b = append(b, to...)
	b = append(b, `,"type":"comment","title":"Bob replied","body":"`...)
	b = st.append(b, l.run)
	b = append(b, padding(size)...)
	return append(b, `"}`...)
}

// prose is words in random order, the same in every run: it compresses as text of
// its length does, where a run of one letter would vanish.
var prose = func() (b []byte) {
	words := strings.Fields("a about after all and are as at be been but by can comment could do every first for from has have he her his " +
		"if in into invoice is it its meeting more new not now of on one or order other out project report review she should so some task team " +
		"than that the their then there they this time to tomorrow up was we were what when which who will with would year you your")
	random := rand.New(rand.NewPCG(1, 2))
	for len(b) < belfry.MaxBody {
		b = append(append(b, words[random.IntN(len(words))]...), ' ')
	}
	return b[:belfry.MaxBody]
}()

// padding fills a body up to a size, the stamp included.
func padding(size int) []byte { return prose[:min(max(size-stampLen, 0), len(prose)-stampLen)] }

// The targets of a draft, as JSON.
func toOf(st byte, who audience) string {
	switch st {
	case toTopic:
		return `{"topic":"` + topicName(who) + `"}`
	case toUser:
		return `{"user":"` + userName(int(who)) + `"}`
	}
	return `{"all":true}`
}

func topicName(n audience) string { return "bench." + strconv.Itoa(int(n)) }
