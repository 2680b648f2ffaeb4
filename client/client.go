package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"belfry"
)

// Config says where the server is and who is asking. Exactly one of Key and
// Token is set; a client that only streams may leave both out and give
// StreamOptions.Token.
type Config struct {
	URL   string // http or https, with the base path if the server has one
	Key   string // API key of a backend
	Token string // token of a user

	HTTP    *http.Client  // nil: one that keeps 64 idle connections; its own Timeout is not used
	Tries   int           // of one request at most; 0: 5
	Timeout time.Duration // of one try; 0: 15 s. Streams have none
}

// Client is safe for use from any goroutine.
type Client struct {
	base    string
	secret  string
	http    *http.Client
	tries   int
	timeout time.Duration
	retry   backoff // between the tries of a request
	again   backoff // between the connections of a stream
}

// New makes a client. It does not connect. CodeInvalid when the URL is none or
// both a key and a token are given.
func New(c Config) (*Client, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, belfry.Invalid("url", "invalid", "%.200q is not the address of a server; write http://127.0.0.1:8080", c.URL)
	}
	if c.Key != "" && c.Token != "" {
		return nil, belfry.Invalid("token", "conflict", "give an API key or a user's token, not both")
	}
	if c.HTTP == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 64
		c.HTTP = &http.Client{Transport: t}
	}
	transport := *c.HTTP
	transport.Timeout = 0 // it would end streams
	return &Client{
		base:    strings.TrimRight(c.URL, "/"),
		secret:  c.Key + c.Token,
		http:    &transport,
		tries:   defaulted(c.Tries, 5),
		timeout: defaulted(c.Timeout, 15*time.Second),
		retry:   backoff{first: 100 * time.Millisecond, most: 5 * time.Second},
		again:   backoff{first: 500 * time.Millisecond, most: 30 * time.Second},
	}, nil
}

func defaulted[T int | time.Duration](v, zero T) T {
	if v == 0 {
		return zero
	}
	return v
}

// request is one call of the API, as often as it is tried.
type request struct {
	method string
	path   string // below the base, escaped
	query  url.Values
	body   any // sent as JSON; nil: none
	once   bool
}

// answer is what came back, already known to be a success.
type answer struct {
	header http.Header
	body   []byte
}

// call makes the request until it succeeds, the server says that trying again
// is pointless, the tries are used up or ctx ends. A non-nil into gets the
// answer's JSON.
func (c *Client) call(ctx context.Context, r request, into any) (http.Header, error) {
	var body []byte
	if r.body != nil {
		b, err := json.Marshal(r.body)
		if err != nil {
			return nil, &belfry.Error{Code: belfry.CodeInvalid, Detail: "the request is no JSON", Err: err}
		}
		body = b
	}
	for try := 0; ; try++ {
		a, err := c.try(ctx, r, body)
		if err == nil {
			return a.header, a.decode(into)
		}
		if r.once || try+1 >= c.tries || !retryable(err) || !sleep(ctx, c.retry.wait(try, err)) {
			return nil, err
		}
	}
}

// try makes the request once.
func (c *Client) try(ctx context.Context, r request, body []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.method, c.address(r.path, r.query), bytes.NewReader(body))
	if err != nil {
		return answer{}, &belfry.Error{Code: belfry.CodeInvalid, Detail: "the request has no valid address", Err: err}
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	authorize(req.Header, c.secret)
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, networkError(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return answer{}, networkError(err)
	}
	if res.StatusCode/100 != 2 {
		return answer{}, problem(res, b)
	}
	return answer{res.Header, b}, nil
}

// maxAnswer bounds what is read of an answer: above the largest page.
const maxAnswer = 64 << 20

func (a answer) decode(into any) error {
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		return &belfry.Error{Code: belfry.CodeMalformed, Detail: "the answer is not of this API; is this the address of a Belfry server?", Err: err}
	}
	return nil
}

func (c *Client) address(path string, query url.Values) string {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.base + path
}

// authorize says who asks; presence shows the agent.
func authorize(h http.Header, secret string) {
	h.Set("User-Agent", "belfry-go")
	if secret != "" {
		h.Set("Authorization", "Bearer "+secret)
	}
}

// retryable says whether the same request may succeed later.
func retryable(err error) bool {
	var e *belfry.Error
	return errors.As(err, &e) && belfry.Codes[e.Code].Retry
}
