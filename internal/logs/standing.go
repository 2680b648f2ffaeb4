package logs

import (
	"slices"

	"belfry"
)

// Copy is one recipient's item of a notification.
type Copy struct {
	*belfry.Item
	User belfry.UserID
}

// Standing tells a backend of a notification that entered the logs: of what lives
// of it, else of what is dead. shared is nil for one that is in private logs; with
// no copies either, nothing but its end is known.
func Standing(id belfry.ID, shared *belfry.Item, copies []Copy) (belfry.Standing, error) {
	st := belfry.Standing{ID: id, Status: belfry.StatusRetracted}
	first := shared
	if shared != nil {
		st.To = belfry.Target{Topic: shared.Topic, All: shared.Topic == belfry.TopicAll}
	}
	lives := slices.ContainsFunc(copies, func(c Copy) bool { return !c.Dead })
	for _, c := range copies {
		if lives && c.Dead {
			continue
		}
		if first == nil || c.DeliveredAt < first.DeliveredAt {
			first = c.Item
		}
		st.To.Users = append(st.To.Users, c.User)
	}
	if len(st.To.Users) == 1 {
		st.To = belfry.Target{User: st.To.Users[0]}
	}
	if first == nil {
		return st, nil
	}
	st.CreatedAt, st.DeliveredAt = first.CreatedAt, first.DeliveredAt
	if first.Dead {
		return st, nil
	}
	st.Status = belfry.StatusDelivered
	var err error
	st.Content, err = belfry.DecodeContent(first.Content)
	return st, err
}

// EditDelivered applies a patch to the content of a notification that has been
// delivered. CodeGone when there is none any more; CodeInvalid, naming the field,
// where the patch does not fit.
func EditDelivered(content []byte, patch belfry.Patch, now belfry.Time) (before, after belfry.Content, err error) {
	if content == nil {
		return before, after, belfry.Errorf(belfry.CodeGone, "this notification was retracted, expired or replaced; publish a new one")
	}
	if before, err = belfry.DecodeContent(content); err != nil {
		return before, after, err
	}
	after, deliverAt, err := patch.Apply(before, now)
	if err == nil && deliverAt != 0 {
		err = belfry.Invalid("/deliverAt", "conflict", "it has been delivered already")
	}
	return before, after, err
}
