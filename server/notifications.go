package server

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"belfry"
)

// publish is POST /v1/notifications. When it answers 201 the notification is on
// disk and those who are online are being told.
func (s *Server) publish(a *answer, r *http.Request, c *caller) error {
	var d belfry.Draft
	if err := decode(a, r, maxBody, &d); err != nil {
		return err
	}
	if err := headerKey(r, &d); err != nil {
		return err
	}
	if err := s.publishes.take(a, c.key, 1, s.Meter); err != nil {
		return err
	}
	now := time.Now()
	p := belfry.Publish(r.Context(), s.Store, now, []belfry.Draft{d})[0]
	if p.Err != nil {
		return p.Err
	}
	s.Meter.PublishSeconds(time.Since(now).Seconds())
	s.published(&d, &p)
	a.Header()["Location"] = []string{s.BasePath + "/v1/notifications/" + string(p.ID)}
	if p.Replayed {
		a.Header().Set("Idempotent-Replayed", "true")
	}
	return a.json(http.StatusCreated, appendStanding(nil, firstStanding(&d, &p)))
}

func (s *Server) published(d *belfry.Draft, p *belfry.Published) {
	if !p.Replayed {
		s.Meter.Published(d.To.Kind(), 1)
	}
}

// headerKey takes the Idempotency-Key header as the draft's.
func headerKey(r *http.Request, d *belfry.Draft) error {
	h := r.Header.Get("Idempotency-Key")
	if h != "" && d.IdempotencyKey != "" && h != d.IdempotencyKey {
		return belfry.Invalid("/idempotencyKey", "conflict", "the header Idempotency-Key says another one")
	}
	if h != "" {
		d.IdempotencyKey = h
	}
	return nil
}

// firstStanding is a notification as it stands when it was accepted. Its ID
// tells when that was, also for one that is replayed.
func firstStanding(d *belfry.Draft, p *belfry.Published) *belfry.Standing {
	d.Content.Normalize()
	st := &belfry.Standing{ID: p.ID, Status: p.Status, To: d.To, Content: d.Content, CreatedAt: bornAt(p.ID)}
	if p.Status == belfry.StatusScheduled {
		st.DeliverAt = d.DeliverAt
	}
	return st
}

// bornAt is the time in a UUIDv7 (RFC 9562 section 5.7).
func bornAt(id belfry.ID) belfry.Time {
	b, _ := id.Bytes()
	return belfry.Time(int64(b[0])<<40 | int64(b[1])<<32 | int64(b[2])<<24 | int64(b[3])<<16 | int64(b[4])<<8 | int64(b[5]))
}

// publishBatch is POST /v1/notifications/batch: not atomic, one result each in
// order.
func (s *Server) publishBatch(a *answer, r *http.Request, c *caller) error {
	var body struct {
		Notifications []jsontext.Value `json:"notifications"`
	}
	if err := decode(a, r, belfry.MaxRequest, &body); err != nil {
		return err
	}
	n := len(body.Notifications)
	if n == 0 || n > belfry.MaxBatch {
		return belfry.Invalid("/notifications", "out_of_range", "1 to %d notifications; this has %d", belfry.MaxBatch, n)
	}
	if err := s.publishes.take(a, c.key, n, s.Meter); err != nil {
		return err
	}
	results := make([]belfry.Published, n)
	drafts, at := decodeDrafts(body.Notifications, r.Header.Get("Idempotency-Key"), results)
	now := time.Now()
	for j, p := range belfry.Publish(r.Context(), s.Store, now, drafts) {
		results[at[j]] = p
		if p.Err == nil {
			s.published(&drafts[j], &p)
		}
	}
	s.Meter.PublishSeconds(time.Since(now).Seconds())
	return a.json(http.StatusOK, s.appendResults(r, a.id, results))
}

// decodeDrafts reads the drafts of a batch. One that cannot be read has its error
// in results; at says which result each draft belongs to. Under a key of the
// whole batch each one without its own gets key/index.
func decodeDrafts(raw []jsontext.Value, key string, results []belfry.Published) (drafts []belfry.Draft, at []int) {
	drafts, at = make([]belfry.Draft, 0, len(raw)), make([]int, 0, len(raw))
	for i, v := range raw {
		var d belfry.Draft
		if len(v) > maxBody {
			results[i].Err = tooLarge(maxBody)
			continue
		}
		if err := decodeStrict(v, &d); err != nil {
			results[i].Err = err
			continue
		}
		if key != "" && d.IdempotencyKey == "" {
			d.IdempotencyKey = key + "/" + strconv.Itoa(i)
		}
		drafts, at = append(drafts, d), append(at, i)
	}
	return drafts, at
}

func (s *Server) appendResults(r *http.Request, id string, results []belfry.Published) []byte {
	b := append([]byte(nil), `{"results":[`...)
	rejected := 0
	for i := range results {
		if i > 0 {
			b = append(b, ',')
		}
		if p := &results[i]; p.Err == nil {
			b = append(b, `{"status":201,"id":"`...)
			b = append(b, p.ID...)
			b = append(b, '"')
			if p.Replayed {
				b = append(b, `,"replayed":true`...)
			}
			b = append(b, '}')
		} else {
			rejected++
			b = appendResultError(b, s.public(r.Context(), p.Err, id))
		}
	}
	b = append(b, `],"accepted":`...)
	b = strconv.AppendInt(b, int64(len(results)-rejected), 10)
	b = append(b, `,"rejected":`...)
	b = strconv.AppendInt(b, int64(rejected), 10)
	return append(b, '}')
}

func appendResultError(b []byte, e *belfry.Error) []byte {
	b = append(b, `{"status":`...)
	b = strconv.AppendInt(b, int64(belfry.Codes[e.Code].Status), 10)
	b = append(b, `,"code":"`...)
	b = append(b, e.Code...)
	b = append(b, `","detail":`...)
	b = belfry.AppendJSONString(b, validText(e.Detail))
	b = appendFieldErrors(b, e.Fields)
	return append(b, '}')
}

// notification is GET /v1/notifications/{id}: where it stands.
func (s *Server) notification(a *answer, r *http.Request, _ *caller) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	st, err := s.Store.Standing(r.Context(), id)
	return a.standing(&st, err)
}

// editNotification is PATCH /v1/notifications/{id}.
func (s *Server) editNotification(a *answer, r *http.Request, _ *caller) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	var patch belfry.Patch
	if err := decode(a, r, maxBody, &patch); err != nil {
		return err
	}
	st, err := s.Store.Edit(r.Context(), id, patch)
	return a.standing(&st, err)
}

// retractNotification is DELETE /v1/notifications/{id}; the status says whether
// it was retracted or, before its delivery, canceled.
func (s *Server) retractNotification(a *answer, r *http.Request, _ *caller) error {
	id, err := pathID(r)
	if err != nil {
		return err
	}
	st, err := s.Store.Retract(r.Context(), id)
	return a.standing(&st, err)
}

func (a *answer) standing(st *belfry.Standing, err error) error {
	if err != nil {
		return err
	}
	return a.json(http.StatusOK, appendStanding(nil, st))
}

// pathID reads {id}. What is no id names nothing.
func pathID(r *http.Request) (belfry.ID, error) {
	id, err := belfry.ParseID(r.PathValue("id"))
	if err != nil {
		return "", belfry.Errorf(belfry.CodeNotFound, "%.50q is no notification; an id is a lower-case UUID", validText(r.PathValue("id")))
	}
	return id, nil
}

// appendStanding appends a notification as its backend sees it: flat, as an item
// in an inbox.
func appendStanding(b []byte, st *belfry.Standing) []byte {
	b = append(b, `{"id":"`...)
	b = append(b, st.ID...)
	b = append(b, `","status":"`...)
	b = append(b, st.Status...)
	b = append(b, `","to":`...)
	b = appendTarget(b, &st.To)
	b = append(b, `,"createdAt":`...)
	b = st.CreatedAt.AppendJSON(b)
	if st.DeliverAt != 0 {
		b = append(b, `,"deliverAt":`...)
		b = st.DeliverAt.AppendJSON(b)
	}
	if st.DeliveredAt != 0 {
		b = append(b, `,"deliveredAt":`...)
		b = st.DeliveredAt.AppendJSON(b)
	}
	b = append(b, ',')
	return append(b, st.Content.Encode()[1:]...)
}

func appendTarget(b []byte, t *belfry.Target) []byte {
	to, err := json.Marshal(t)
	if err != nil {
		panic("server: a valid target does not encode: " + err.Error())
	}
	return append(b, to...)
}

// splitList reads a comma-separated parameter.
func splitList(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}
