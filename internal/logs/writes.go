package logs

import "belfry"

// Writes is what a transaction has changed in private logs, and whom it has to
// ring once it is committed.
type Writes struct {
	Incarnation int64   // of the database
	Dirty       []*User // rows to be written back, each once
	Rings       []belfry.Ring
	Rows        int // written, roughly

	touched []*User // by the current step
}

// Reset begins the next transaction. The rows of the last one are written back, or
// they are not used any more.
func (w *Writes) Reset() {
	for _, u := range w.Dirty {
		u.dirty = false
	}
	*w = Writes{Incarnation: w.Incarnation}
}

// Next takes the next revision of a user's log.
func (w *Writes) Next(u *User) belfry.Rev {
	rev := u.Next(w.Incarnation)
	w.Touch(u)
	return rev
}

// Touch notes that a user's log row changed.
func (w *Writes) Touch(u *User) {
	w.Rows++
	if !u.dirty {
		u.dirty = true
		w.Dirty = append(w.Dirty, u)
	}
	if !u.touched {
		u.touched = true
		w.touched = append(w.touched, u)
	}
}

// Hint rings for a pure creation in a private log and carries it along.
func (w *Writes) Hint(u *User, it belfry.Item) {
	w.Rings = append(w.Rings, belfry.Ring{User: u.Name, Nonce: u.Nonce, Rev: it.Rev, Hint: &belfry.Hint{Item: it, Own: u.Own()}})
	u.rung = it.Rev
}

// EndStep rings those whose log the step changed and who got no hint for their
// last revision.
func (w *Writes) EndStep() {
	for _, u := range w.touched {
		if u.rung < u.Head {
			w.Rings = append(w.Rings, belfry.Ring{User: u.Name, Nonce: u.Nonce, Rev: u.Head})
			u.rung = u.Head
		}
		u.touched = false
	}
	w.touched = w.touched[:0]
}
