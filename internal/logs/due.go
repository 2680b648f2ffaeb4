package logs

import "belfry"

// DueKind is what the sweeper has to do.
type DueKind int

// The kinds of due things, as they are stored.
const (
	DueDeliver DueKind = iota + 1 // a scheduled notification enters the logs
	DueExpire                     // a notification ends in every inbox
	DueReturn                     // an item comes back from a user's snooze
)

// Due is something that time does.
type Due struct {
	At   belfry.Time
	Kind DueKind
	ID   belfry.ID
	UID  int64 // of DueReturn
}

// Scheduled is a notification that waits for its DeliverAt, or never entered a log.
type Scheduled struct {
	ID        belfry.ID
	DeliverAt belfry.Time
	CreatedAt belfry.Time
	Status    belfry.Status
	Draft     belfry.Draft
}

// Schedule is a publication that is kept aside until its time comes.
func Schedule(p *belfry.Publication) *Scheduled {
	return &Scheduled{ID: p.ID, DeliverAt: p.DeliverAt, CreatedAt: p.CreatedAt, Status: belfry.StatusScheduled, Draft: p.Draft}
}

// Edit applies a patch. CodeGone once it was cancelled; CodeInvalid, naming the
// field, where the patch does not fit.
func (s *Scheduled) Edit(patch belfry.Patch, now belfry.Time) error {
	if s.Status != belfry.StatusScheduled {
		return belfry.Errorf(belfry.CodeGone, "this notification was canceled; publish a new one")
	}
	content, deliverAt, err := patch.Apply(s.Draft.Content, now)
	if err != nil {
		return err
	}
	if deliverAt != 0 {
		s.DeliverAt = deliverAt
	}
	if content.ExpiresAt != 0 && content.ExpiresAt <= s.DeliverAt {
		return belfry.Invalid("/expiresAt", "conflict", "it would expire before it is delivered")
	}
	s.Draft.Content, s.Draft.DeliverAt = content, s.DeliverAt
	return nil
}

// Standing tells a backend of it.
func (s *Scheduled) Standing() belfry.Standing {
	return belfry.Standing{ID: s.ID, Status: s.Status, To: s.Draft.To, Content: s.Draft.Content, CreatedAt: s.CreatedAt, DeliverAt: s.DeliverAt}
}
