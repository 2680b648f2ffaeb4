package server

import (
	"net/http"

	"belfry"
)

// pathTopic reads {topic}.
func pathTopic(r *http.Request) (belfry.Topic, error) {
	t := belfry.Topic(r.PathValue("topic"))
	if err := t.Validate(); err != nil {
		return "", belfry.Invalid("topic", "invalid", "%s", err.(*belfry.Error).Detail)
	}
	return t, nil
}

// follows is GET /v1/inbox/topics: what the user follows.
func (s *Server) follows(a *answer, r *http.Request, c *caller) error {
	list, err := s.Store.Topics(r.Context(), c.user)
	if err != nil {
		return err
	}
	b := append([]byte(nil), `{"topics":[`...)
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendFollow(b, &list[i])
	}
	return a.json(http.StatusOK, append(b, `]}`...))
}

func appendFollow(b []byte, f *belfry.Follow) []byte {
	b = append(b, `{"topic":"`...)
	b = append(b, f.Topic...)
	b = append(b, `","followedAt":`...)
	return append(f.At.AppendJSON(b), '}')
}

// following is GET /v1/inbox/topics/{topic}: 404 when it is not followed.
func (s *Server) following(a *answer, r *http.Request, c *caller) error {
	t, err := pathTopic(r)
	if err != nil {
		return err
	}
	list, err := s.Store.Topics(r.Context(), c.user)
	if err != nil {
		return err
	}
	for i := range list {
		if list[i].Topic == t {
			return a.json(http.StatusOK, appendFollow(nil, &list[i]))
		}
	}
	return belfry.Errorf(belfry.CodeNotFound, "the topic is not followed; follow it with PUT")
}

// follow is PUT /v1/inbox/topics/{topic}. Following what is followed changes
// nothing.
func (s *Server) follow(a *answer, r *http.Request, c *caller) error {
	return s.setFollow(a, r, c, true)
}

// unfollow is DELETE /v1/inbox/topics/{topic}.
func (s *Server) unfollow(a *answer, r *http.Request, c *caller) error {
	return s.setFollow(a, r, c, false)
}

func (s *Server) setFollow(a *answer, r *http.Request, c *caller, on bool) error {
	t, err := pathTopic(r)
	if err != nil {
		return err
	}
	if on && !c.maySubscribe(t) {
		return notGranted("topic", t)
	}
	if err := s.Store.Follow(r.Context(), []belfry.UserID{c.user}, t, on); err != nil {
		return err
	}
	return a.empty()
}

const maxFollowers = 1000 // in one page

// followers is GET /v1/topics/{topic}/followers, by name.
func (s *Server) followers(a *answer, r *http.Request, _ *caller) error {
	t, err := pathTopic(r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	limit, err := limitParam(q, 100, maxFollowers)
	if err != nil {
		return err
	}
	users, err := s.Store.Followers(r.Context(), t, belfry.UserID(q.Get("after")), limit)
	if err != nil {
		return err
	}
	b := append([]byte(nil), `{"users":[`...)
	for i, u := range users {
		if i > 0 {
			b = append(b, ',')
		}
		b = belfry.AppendJSONString(b, string(u))
	}
	b = append(b, ']')
	if len(users) == limit {
		b = belfry.AppendJSONString(append(b, `,"next":`...), string(users[limit-1]))
	}
	return a.json(http.StatusOK, append(b, '}'))
}

// addFollowers is POST /v1/topics/{topic}/followers.
func (s *Server) addFollowers(a *answer, r *http.Request, _ *caller) error {
	t, err := pathTopic(r)
	if err != nil {
		return err
	}
	var body struct {
		Users []belfry.UserID `json:"users"`
	}
	if err := decode(a, r, 4*maxBody, &body); err != nil {
		return err
	}
	if body.Users == nil {
		return belfry.Invalid("/users", "required", "1 to %d users", belfry.MaxUsers)
	}
	if err := (belfry.Target{Users: body.Users}).Validate(); err != nil {
		return err
	}
	if err := s.Store.Follow(r.Context(), body.Users, t, true); err != nil {
		return err
	}
	return a.empty()
}
