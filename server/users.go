package server

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"belfry"
)

// user is GET /v1/users/{user}: what is known of them.
func (s *Server) user(a *answer, r *http.Request, c *caller) error {
	u, err := s.Store.User(r.Context(), c.user)
	if err != nil {
		return err
	}
	sessions, _ := s.sessions(r.Context(), c.user)
	return a.json(http.StatusOK, s.appendUser(&u, len(sessions) > 0))
}

// putUser is PUT /v1/users/{user}: makes sure that they exist; since moves their
// start.
func (s *Server) putUser(a *answer, r *http.Request, c *caller) error {
	var body struct {
		Since belfry.Time `json:"since"`
	}
	if r.ContentLength != 0 {
		if err := decode(a, r, maxBody, &body); err != nil {
			return err
		}
	}
	u, err := s.Store.PutUser(r.Context(), c.user, body.Since)
	if err != nil {
		return err
	}
	sessions, _ := s.sessions(r.Context(), c.user)
	return a.json(http.StatusOK, s.appendUser(&u, len(sessions) > 0))
}

func (s *Server) appendUser(u *belfry.User, online bool) []byte {
	b := belfry.AppendJSONString([]byte(`{"id":`), string(u.ID))
	b = u.Since.AppendJSON(append(b, `,"createdAt":`...))
	if at := s.lastSeen(u, online); at != 0 {
		b = at.AppendJSON(append(b, `,"lastSeenAt":`...))
	}
	b = u.Counts.AppendJSON(append(b, `,"counts":`...))
	return append(b, '}')
}

// lastSeen is now for who is online. The store is told of who left some seconds
// later.
func (s *Server) lastSeen(u *belfry.User, online bool) belfry.Time {
	if online {
		return belfry.TimeOf(time.Now())
	}
	return max(u.LastSeenAt, s.Hub.LeftAt(u.ID))
}

// sessions are a user's on every node; whole is false when some may be missing.
func (s *Server) sessions(ctx context.Context, user belfry.UserID) (list []belfry.Session, whole bool) {
	if s.Presence == nil {
		return s.Hub.Sessions(user), true
	}
	return s.Presence.Sessions(ctx, user)
}

// eraseUser is DELETE /v1/users/{user}.
func (s *Server) eraseUser(*answer, *http.Request, *caller) error {
	return belfry.Errorf(belfry.CodeUnsupported, "this version does not erase users; nothing was changed")
}

// logOut is DELETE /v1/users/{user}/sessions: it refuses the tokens issued before
// now and ends the sessions.
func (s *Server) logOut(a *answer, r *http.Request, c *caller) error {
	u, err := s.Store.Logout(r.Context(), c.user)
	if err != nil {
		return err
	}
	s.logouts.put(c.user, u.TokensFrom, time.Now())
	s.Hub.LogOut(c.user, u.TokensFrom)
	return a.empty()
}

// presence is GET /v1/users/{user}/presence.
func (s *Server) presence(a *answer, r *http.Request, c *caller) error {
	u, err := s.Store.User(r.Context(), c.user)
	if err != nil && belfry.ErrorCode(err) != belfry.CodeNotFound {
		return err
	}
	u.ID = c.user
	sessions, whole := s.sessions(r.Context(), c.user)
	online := len(sessions) > 0
	b := strconv.AppendBool([]byte(`{"online":`), online)
	if !whole {
		b = append(b, `,"partial":true`...)
	}
	if at := s.lastSeen(&u, online); at != 0 {
		b = at.AppendJSON(append(b, `,"lastSeenAt":`...))
	}
	b = append(b, `,"sessions":[`...)
	for i := range sessions {
		if i > 0 {
			b = append(b, ',')
		}
		in := &sessions[i]
		b = belfry.AppendJSONString(append(b, `{"id":`...), in.ID)
		b = belfry.AppendJSONString(append(b, `,"transport":`...), in.Transport)
		b = in.ConnectedAt.AppendJSON(append(b, `,"connectedAt":`...))
		b = belfry.AppendJSONString(append(b, `,"userAgent":`...), in.UserAgent)
		b = append(b, '}')
	}
	return a.json(http.StatusOK, append(b, `]}`...))
}
