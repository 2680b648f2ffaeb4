package client

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"belfry"
)

// Publish hands in one notification and returns when it is on the server's
// disk. Without an idempotency key the draft gets one, so that it is stored
// once however often the request had to be tried; Replayed says that an earlier
// try, or an earlier call with the same key, had stored it.
func (c *Client) Publish(ctx context.Context, d belfry.Draft) (belfry.Published, error) {
	d.IdempotencyKey = keyOr(d.IdempotencyKey)
	var out struct {
		ID     belfry.ID     `json:"id"`
		Status belfry.Status `json:"status"`
	}
	h, err := c.call(ctx, request{method: http.MethodPost, path: "/v1/notifications", body: d}, &out)
	if err != nil {
		return belfry.Published{}, err
	}
	return belfry.Published{ID: out.ID, Status: out.Status, Replayed: h.Get("Idempotent-Replayed") == "true"}, nil
}

// PublishBatch hands in up to belfry.MaxBatch notifications in one request.
// Results stand in the order of the drafts, one each; one that was refused has
// an Err and leaves its neighbours alone. Each draft without an idempotency key
// gets one.
func (c *Client) PublishBatch(ctx context.Context, drafts []belfry.Draft) ([]belfry.Published, error) {
	body := struct {
		Notifications []belfry.Draft `json:"notifications"`
	}{append([]belfry.Draft(nil), drafts...)}
	for i := range body.Notifications {
		body.Notifications[i].IdempotencyKey = keyOr(body.Notifications[i].IdempotencyKey)
	}
	var out struct {
		Results []struct {
			ID       belfry.ID           `json:"id"`
			Code     belfry.Code         `json:"code"`
			Detail   string              `json:"detail"`
			Errors   []belfry.FieldError `json:"errors"`
			Replayed bool                `json:"replayed"`
		} `json:"results"`
	}
	if _, err := c.call(ctx, request{method: http.MethodPost, path: "/v1/notifications/batch", body: body}, &out); err != nil {
		return nil, err
	}
	if len(out.Results) != len(drafts) {
		return nil, belfry.Errorf(belfry.CodeMalformed, "%d notifications were sent and %d results came back", len(drafts), len(out.Results))
	}
	results := make([]belfry.Published, len(drafts))
	for i, r := range out.Results {
		results[i] = belfry.Published{ID: r.ID, Replayed: r.Replayed}
		if r.Code != "" {
			results[i].Err = &belfry.Error{Code: r.Code, Detail: r.Detail, Fields: r.Errors}
		}
	}
	return results, nil
}

func keyOr(key string) string {
	if key == "" {
		return rand.Text()
	}
	return key
}

// Standing is a notification as its backend sees it.
type Standing struct {
	ID     belfry.ID     `json:"id"`
	Status belfry.Status `json:"status"`
	To     belfry.Target `json:"to"`
	belfry.Content
	CreatedAt   belfry.Time `json:"createdAt"`
	DeliverAt   belfry.Time `json:"deliverAt"`   // of a scheduled one
	DeliveredAt belfry.Time `json:"deliveredAt"` // the first copy's
}

// Notification says where a notification stands.
func (c *Client) Notification(ctx context.Context, id belfry.ID) (s Standing, err error) {
	_, err = c.call(ctx, request{method: http.MethodGet, path: notificationPath(id)}, &s)
	return s, err
}

// Edit changes a notification in every inbox it reached, or before it is
// delivered. Nobody's receipt changes.
func (c *Client) Edit(ctx context.Context, id belfry.ID, p belfry.Patch) (s Standing, err error) {
	_, err = c.call(ctx, request{method: http.MethodPatch, path: notificationPath(id), body: p}, &s)
	return s, err
}

// Retract ends a notification in every inbox, or cancels a scheduled one; the
// status says which.
func (c *Client) Retract(ctx context.Context, id belfry.ID) (s Standing, err error) {
	_, err = c.call(ctx, request{method: http.MethodDelete, path: notificationPath(id)}, &s)
	return s, err
}

func notificationPath(id belfry.ID) string { return "/v1/notifications/" + url.PathEscape(string(id)) }

// Signal sends an ephemeral event to whoever is there now. It is tried once.
func (c *Client) Signal(ctx context.Context, s belfry.Signal) error {
	body := struct {
		To   string          `json:"to"`
		Name string          `json:"name"`
		Data json.RawMessage `json:"data,omitempty"`
	}{s.To.String(), s.Name, s.Data}
	_, err := c.call(ctx, request{method: http.MethodPost, path: "/v1/signals", body: body, once: true}, nil)
	return err
}

// Token is what lets a browser or a device speak for a user.
type Token struct {
	Token     string      `json:"token"`
	ExpiresAt belfry.Time `json:"expiresAt"`
}

// Claims are what a token allows beside its user's own inbox, and what is known
// of the user.
type Claims struct {
	Subscribe []belfry.Pattern `json:"subscribe,omitempty"` // topics the user may follow and subscribe
	Publish   []string         `json:"publish,omitempty"`   // targets, with patterns
	Name      string           `json:"name,omitempty"`
	AvatarURL string           `json:"avatarUrl,omitempty"`
	Since     belfry.Time      `json:"since,omitzero"` // start of a user never met before
}

// Token asks the server for a user's token that holds for ttl. The key needs
// the scope tokens.
func (c *Client) Token(ctx context.Context, user belfry.UserID, ttl time.Duration, claims Claims) (t Token, err error) {
	body := struct {
		User   belfry.UserID `json:"user"`
		TTL    string        `json:"ttl"`
		Claims Claims        `json:"claims,omitzero"`
	}{user, ttl.String(), claims}
	_, err = c.call(ctx, request{method: http.MethodPost, path: "/v1/tokens", body: body}, &t)
	return t, err
}
